/** Plans about the kernel: what it offers, and changes of what a session records of it (R1.24). */

import type { Operation, ReplyValue, SessionInfo } from '../../../src/wire/control/messages.ts';
import { KERNEL_FORMATS_MAX } from '../../../src/wire/limits.ts';
import { type KernelPart, wholeSessionIn } from './parts.ts';
import { failureIn, lastSessionIn, type Plan, type Step, type StepResult } from './plan.ts';
import { sessionIn } from './record.ts';

type Change = (part: string) => readonly Operation[];

/**
 * Changes the kernel part of a session, which is made if it is missing. If the session records, so does what was added
 * to it. A part that the plan has made is gone again if the plan fails.
 */
export function kernelChangePlan(session: string, change: Change): Plan {
  return (results) => {
    if (results.length === 0) return request({ op: 'session.get', session });
    const found = sessionIn(results);
    if (found === undefined) return undefined;
    if (found.kernel === undefined && results.length === 1) {
      return request({ op: 'kernel.open', session: found.uuid });
    }
    const part = wholeSessionIn(results)?.kernel;
    if (part === undefined) return undefined;
    const isOurs = found.kernel === undefined;
    const done = results.slice(isOurs ? 2 : 1);
    if (failureIn(done) !== undefined) return isOurs ? undoing(done, part) : undefined;
    const operation = change(part.uuid)[done.length] ?? joining(found, part);
    return operation === undefined ? undefined : request(operation);
  };
}

/** What the session records of the kernel is recorded from now on if the rest of it is. */
function joining(found: SessionInfo, part: KernelPart): Operation | undefined {
  const isBehind = found.state === 'active' && part.state === 'inactive' && hasRule(part);
  return isBehind ? { op: 'session.start', session: part.uuid } : undefined;
}

function hasRule({ channels }: KernelPart): boolean {
  return channels.some(({ rules }) => rules.length > 0);
}

/** Destroys the part once. */
function undoing(done: readonly StepResult[], { uuid }: KernelPart): Step | undefined {
  const isUndone = done.at(-1)?.kind !== 'failure' || failureIn(done.slice(0, -1)) !== undefined;
  return isUndone ? undefined : request({ op: 'session.destroy', session: uuid });
}

/** Changes the kernel part of a session if it has one; otherwise the plan ends with the session. */
export function presentKernelPlan(session: string, change: Change): Plan {
  return (results) => {
    if (results.length === 0) return request({ op: 'session.get', session });
    const part = sessionIn(results)?.kernel;
    if (part === undefined || failureIn(results) !== undefined) return undefined;
    const operation = change(part.uuid)[results.length - 1];
    return operation === undefined ? undefined : request(operation);
  };
}

/** Changes what a session records of programs: from now on, also if it has recorded the kernel alone so far. */
export function userChangePlan(change: readonly Operation[]): Plan {
  return (results) => {
    if (failureIn(results) !== undefined) return undefined;
    const operation = change[results.length];
    if (operation !== undefined) return request(operation);
    const session = lastSessionIn(results);
    const isBehind = session?.kernel?.state === 'active' && session.state === 'inactive';
    return isBehind ? request({ op: 'session.start', session: session.uuid }) : undefined;
  };
}

/** The formats of these events, in as many requests as they take. */
export function kernelFormatsPlan(events: readonly string[]): Plan {
  return (results) => {
    const begun = kernelFormatsIn(results).length;
    const last = results.at(-1);
    const isStuck = last !== undefined && kernelFormatsIn([last]).length === 0;
    if (isStuck || begun >= events.length) return undefined;
    return request({
      op: 'kernel.formats',
      events: events.slice(begun, begun + KERNEL_FORMATS_MAX),
    });
  };
}

export function kernelFormatsIn(
  results: readonly StepResult[],
): NonNullable<ReplyValue['formats']> {
  return results.flatMap((result) => (result.kind === 'reply' ? (result.value.formats ?? []) : []));
}

function request(operation: Operation): Step {
  return { kind: 'request', operation };
}
