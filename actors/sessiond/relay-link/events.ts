/** The events that a relay link accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToRelayLink } from '../messages.ts';

export type RelayLinkEvent =
  | ToRelayLink
  | OfType<
      EffectEvent,
      | 'network.resolved'
      | 'network.resolveFailed'
      | 'network.connected'
      | 'network.connectFailed'
      | 'network.passageOpened'
      | 'network.passageFailed'
      | 'network.passed'
      | 'network.passFailed'
    >;
