/**
 * Plans about a user's only session: the plan lists the sessions first, on the connection that its other steps use.
 */
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { allPages, failureIn, type Plan, pagesIn, type StepResult, sessionsIn } from './plan.ts';

/** Ends after the list when that failed, or when the user has no session, or several. */
export function onlySessionPlan(uid: number, planFor: (session: string) => Plan): Plan {
  const list = allPages(['session.list']);
  return (results) => {
    const pages = pagesIn(results);
    const page = list(pages);
    if (page !== undefined || failureIn(pages) !== undefined) return page;
    const [only, another] = ownSessionsIn(results, uid);
    if (only === undefined || another !== undefined) return undefined;
    return planFor(only.uuid)(results.slice(pages.length));
  };
}

/** The sessions of the user in the list that the plan began with. */
export function ownSessionsIn(results: readonly StepResult[], uid: number): readonly SessionInfo[] {
  return sessionsIn(pagesIn(results)).filter((session) => session.uid === uid);
}
