/** Sends an event from an action of one actor to another actor. */

import type { Effect } from '../effects/contract/effects.ts';
import type { Scene } from './act.ts';
import type { RuntimeEvent } from './system.ts';

/** The arguments of an action outside of a machine's definition. */
export type SceneOf<Context, Event, Emitted = Effect> = Scene<Context, Event, Emitted>;

export interface Emit {
  emit(effect: Effect): void;
}

/**
 * Sends an event to the actor with this id. If the actor has ended, the runtime drops the event. `E` is the union of
 * events that the target accepts: the caller names it, so that the compiler checks the event.
 */
export function tell<E extends RuntimeEvent>(enqueue: Emit, id: string, event: E): void {
  enqueue.emit({ type: 'actor.tell', to: id, event });
}
