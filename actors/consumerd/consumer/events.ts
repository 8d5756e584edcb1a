/** The events that a consumer accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import type { ConnectionEvent } from '../../shared/registry-connection.ts';

export type ConsumerEvent =
  | ConnectionEvent<ToConsumer>
  | OfType<
      EffectEvent,
      | 'process.checked'
      | 'process.signalled'
      | 'recorder.opened'
      | 'recorder.openFailed'
      | 'recorder.passageReached'
      | 'recorder.outputChanged'
      | 'recorder.pagesReached'
      | 'recorder.pagesTaken'
      | 'recorder.pagesFailed'
      | 'recorder.flushed'
      | 'recorder.streamReleased'
      | 'recorder.closed'
      | 'recorder.changed'
      | 'recorder.full'
    >;
