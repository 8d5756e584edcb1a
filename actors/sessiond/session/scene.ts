/** Types of a session's actions, and of their arguments. */
import type { StartEffect } from '../../../src/effects/contract/actor.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf } from '../../../src/runtime/act.ts';
import type { SceneOf } from '../../../src/runtime/tell.ts';
import type { RelayLinkInput } from '../messages.ts';
import type { SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';

/** What a session emits; it starts relay links. */
export type SessionEffect = Effect | StartEffect<'relay-link', RelayLinkInput>;

/** Arguments of functions that several actions share: these do not read the event. */
export type Parts = Pick<
  SceneOf<SessionContext, SessionEvent, SessionEffect>,
  'context' | 'enqueue'
>;

export const sessionActions = actionsOf<SessionContext, SessionEvent, SessionEffect>();

/** Assigns the changes, and returns the changed context. */
export function changed(
  { context, enqueue }: Parts,
  changes: Partial<SessionContext>,
): SessionContext {
  enqueue.assign(changes);
  return { ...context, ...changes };
}
