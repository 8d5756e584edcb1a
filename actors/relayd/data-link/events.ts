/** The events that a data link accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToLink } from '../messages.ts';

export type DataLinkEvent =
  | ToLink
  | OfType<
      EffectEvent,
      'relay.request' | 'relay.forwarded' | 'relay.forwardFailed' | 'relay.closed'
    >;
