/** The events that a snapshot accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import type { ConnectionEvent } from '../../shared/registry-connection.ts';

export type SnapshotEvent =
  | ConnectionEvent<ToConsumer>
  | OfType<EffectEvent, 'process.signalled' | 'snapshot.written' | 'snapshot.failed'>;
