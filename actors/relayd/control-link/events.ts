/** The events that a control link accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToLink } from '../messages.ts';

export type ControlLinkEvent =
  | ToLink
  | OfType<
      EffectEvent,
      'relay.request' | 'relay.forwarded' | 'relay.forwardFailed' | 'relay.closed' | 'relay.settled'
    >;
