/** Requests of programs, which may be wrong in ways that a compiler or a command line would refuse. */
import * as v from 'valibot';
import { inOrder, type Plan } from '../../actors/client/plans/plan.ts';
import { type Operation, operation } from '../../src/wire/control/messages.ts';
import { usageError } from './control-error.ts';

/** The requests in order; throws an error when one is none that a registry would read. */
export function requestPlan(operations: readonly Operation[]): Plan {
  for (const given of operations) {
    const { issues } = v.safeParse(operation, given);
    const issue = issues?.[0];
    if (issue === undefined) continue;
    const where = v.getDotPath(issue) ?? given.op;
    throw usageError(`The request is wrong at "${where}": ${issue.message}`);
  }
  return inOrder(operations);
}
