/** The plan of commands that create a session in several steps: it is there in full, or not at all. */
import type { Operation } from '../../../src/wire/control/messages.ts';
import type { Plan } from './plan.ts';
import { sessionIn } from './record.ts';

/** Creates a session, then does the rest in order; destroys the session again if a step of the rest fails. */
export function setUpPlan(
  create: Extract<Operation, { op: 'session.create' }>,
  rest: (session: string) => readonly Operation[],
): Plan {
  return (results) => {
    if (results.length === 0) return { kind: 'request', operation: create };
    const session = sessionIn(results)?.uuid;
    if (session === undefined) return undefined;
    const done = results.slice(1);
    const failedAt = done.findIndex(({ kind }) => kind === 'failure');
    if (failedAt < 0) {
      const operation = rest(session)[done.length];
      return operation === undefined ? undefined : { kind: 'request', operation };
    }
    return failedAt === done.length - 1
      ? { kind: 'request', operation: { op: 'session.destroy', session }, isAskedAgain: true }
      : undefined;
  };
}
