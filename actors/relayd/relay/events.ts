/** The events that a relay accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToRelay } from '../messages.ts';

export type RelayEvent =
  | ToRelay
  /** The configuration was read again, and the log is open again. */
  | { readonly type: 'configuration.read' }
  | OfType<
      EffectEvent,
      | 'relay.storeOpened'
      | 'relay.storeFailed'
      | 'relay.listening'
      | 'relay.listenFailed'
      | 'relay.announced'
      | 'relay.announceFailed'
      | 'relay.accepted'
      | 'process.signalled'
    >;
