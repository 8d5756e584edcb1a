/** The plan of commands that create a session in several steps: it is there in full, or not at all. */
import type { Operation } from '../../../src/wire/control/messages.ts';
import { madePartIn, nextEnd } from './ending.ts';
import type { Plan } from './plan.ts';
import { sessionIn } from './record.ts';

/**
 * Creates a session, then does the rest in order; destroys the session again if a step of the rest fails. `part`: the
 * kernel part, after a `kernel.open` of the rest; the number of steps does not depend on it.
 */
export function setUpPlan(
  create: Extract<Operation, { op: 'session.create' }>,
  rest: (session: string, part: string) => readonly Operation[],
): Plan {
  return (results) => {
    if (results.length === 0) return { kind: 'request', operation: create };
    const session = sessionIn(results)?.uuid;
    if (session === undefined) return undefined;
    const part = madePartIn(results);
    const done = results.slice(1);
    const operations = rest(session, part ?? '');
    const failedAt = done.slice(0, operations.length).findIndex(({ kind }) => kind === 'failure');
    if (failedAt >= 0) return nextEnd(session, part, done.slice(failedAt + 1));
    const operation = operations[done.length];
    return operation === undefined ? undefined : { kind: 'request', operation };
  };
}
