/** Plans about the session that a command means, and what comes of them. */
import type { Choice } from '../../../src/kept/choice.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { onlySessionPlan, ownSessionsIn } from './only-session.ts';
import {
  type ClientFailure,
  failureIn,
  lastSessionIn,
  type Plan,
  pagesIn,
  type StepResult,
} from './plan.ts';

/** Why there is no session for a plan, or the first failure of the plan. */
export type SessionError =
  | ClientFailure
  /** The session of `.lttng/config` does not exist any more. */
  | { readonly kind: 'current-gone' }
  /** The current session of the user does not exist any more. */
  | { readonly kind: 'chosen-gone'; readonly name: string }
  /** No session is named, and the user has none. */
  | { readonly kind: 'no-session' }
  /** No session is named, and the user has several. */
  | { readonly kind: 'several-sessions'; readonly names: readonly string[] };

export interface SessionOutcome<E = SessionError> {
  /** The results of the plan for the session; none when there is no session. */
  readonly results: readonly StepResult[];
  readonly error: E | undefined;
}

/** The plan for the session that is meant, over one connection. `uid`: of the user. */
export function inSessionPlan(
  choice: Choice,
  uid: number,
  planFor: (session: string) => Plan,
): Plan {
  return choice.by === 'only' ? onlySessionPlan(uid, planFor) : planFor(choice.session);
}

/** What came of that plan. */
export function outcomeIn(choice: Choice, uid: number, all: readonly StepResult[]): SessionOutcome {
  const failed = failureIn(all);
  if (choice.by !== 'only') {
    const isGone = failed?.code === 'NO_SESSION' && choice.by !== 'name';
    return { results: all, error: isGone ? goneBy(choice) : failed };
  }
  const results = all.slice(pagesIn(all).length);
  if (failed !== undefined) return { results, error: failed };
  const own = ownSessionsIn(all, uid);
  if (own.length === 0) return { results, error: { kind: 'no-session' } };
  if (own.length === 1) return { results, error: undefined };
  return { results, error: { kind: 'several-sessions', names: own.map(({ name }) => name) } };
}

function goneBy(choice: Exclude<Choice, { by: 'name' | 'only' }>): SessionError {
  return choice.by === 'directory'
    ? { kind: 'current-gone' }
    : { kind: 'chosen-gone', name: choice.name };
}

/** The session as it is after the last request; undefined: the registry answered without one. */
export function sessionAfter(
  results: readonly StepResult[],
  session = lastSessionIn(results),
): SessionInfo | undefined {
  const isGone = results.at(-1)?.kind === 'gone';
  return session !== undefined && isGone ? { ...session, state: 'destroying' } : session;
}

/** The registry broke the protocol: the reply to each of these requests must contain the session. */
export const ANSWERED_WITHOUT_SESSION: ClientFailure = {
  kind: 'failure',
  code: 'NO_ANSWER',
  reason: 'The registry answered without a session',
};
