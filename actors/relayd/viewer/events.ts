/** The events that the relay's end of a viewer's connection accepts. */
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import type { OfType } from '../../../src/runtime/act.ts';
import type { ToLink } from '../messages.ts';

export type ViewerEvent = ToLink | OfType<EffectEvent, 'relay.viewerRequest' | 'relay.closed'>;
