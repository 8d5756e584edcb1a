/** Types of a session's actions, and of their arguments. */
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf } from '../../../src/runtime/act.ts';
import type { SceneOf } from '../../../src/runtime/tell.ts';
import type { SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';

/** Arguments of functions that several actions share: these do not read the event. */
export type Parts = Pick<SceneOf<SessionContext, SessionEvent>, 'context' | 'enqueue'>;

export const sessionActions = actionsOf<SessionContext, SessionEvent, Effect>();

/** Assigns the changes, and returns the changed context. */
export function changed(
  { context, enqueue }: Parts,
  changes: Partial<SessionContext>,
): SessionContext {
  enqueue.assign(changes);
  return { ...context, ...changes };
}
