/** The events that a client link accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToClientLink } from '../messages.ts';

export type ClientLinkEvent =
  | ToClientLink
  | OfType<EffectEvent, 'wire.message' | 'wire.closed' | 'journal.confirmed'>;
