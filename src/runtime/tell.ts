/** How an action of one actor sends an event to another one. */

import type { Effect } from '../effects/contract/effects.ts';
import type { Scene } from './act.ts';
import type { RuntimeEvent } from './system.ts';

/** What an action outside of a machine's definition is given. */
export type SceneOf<Context, Event, Emitted = Effect> = Scene<Context, Event, Emitted>;

export interface Emit {
  emit(effect: Effect): void;
}

/**
 * Sends to the actor with this id, which may be gone: then nobody needs the event any more. `E` is the union that
 * the target accepts; naming it at the call is what checks the event.
 */
export function tell<E extends RuntimeEvent>(enqueue: Emit, id: string, event: E): void {
  enqueue.emit({ type: 'actor.tell', to: id, event });
}
