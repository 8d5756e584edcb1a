/** What the actions of a session are given, and how each file of them is typed. */
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf } from '../../../src/runtime/act.ts';
import type { SceneOf } from '../../../src/runtime/tell.ts';
import type { SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';

/** What functions of several actions are given: they do not read the event. */
export type Parts = Pick<SceneOf<SessionContext, SessionEvent>, 'context' | 'enqueue'>;

export const sessionActions = actionsOf<SessionContext, SessionEvent, Effect>();
