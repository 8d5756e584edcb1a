/**
 * The steps of a command of `lttng`. A plan is a pure function from the results so far to the next step, or to
 * undefined at the end.
 */

import type { OsError } from '../../../src/port/os-error.ts';
import type { ProcessExit } from '../../../src/port/processes.ts';
import type { ErrorCode } from '../../../src/wire/control/error-code.ts';
import type {
  AppInfo,
  Operation,
  ReplyValue,
  SessionInfo,
} from '../../../src/wire/control/messages.ts';

export type Step =
  /** A request to the registry; the client starts a consumer when the request needs one (R1.20). */
  | {
      readonly kind: 'request';
      readonly operation: Operation;
      /**
       * The request destroys, by its UUID, the session that the plan created: the client sends it again to the next
       * registry when this one dies before it answers.
       */
      readonly isAskedAgain?: true;
    }
  /** Waits for `ms` milliseconds while other processes act. */
  | { readonly kind: 'rest'; readonly ms: number }
  /** A child process on our terminal. */
  | {
      readonly kind: 'run';
      readonly program: string;
      readonly args: readonly string[];
      readonly environment: Readonly<Record<string, string | undefined>>;
    }
  /** A copy of the content of the session's buffers, by a consumer with our credentials (R1.23). */
  | {
      readonly kind: 'snapshot';
      /** UUID of the session. */
      readonly session: string;
      /** The directory of the trace, absolute; it is empty or does not exist. */
      readonly output: string;
      /** Of its packets together; absent: as many as there are. */
      readonly bytesMax?: number;
    };

/** The registry's error codes, and the codes of failures of the client itself. */
export type ClientErrorCode =
  | ErrorCode
  | 'NO_REGISTRY'
  | 'REGISTRY_LOST'
  | 'NO_ANSWER'
  | 'CANNOT_RUN'
  | 'SNAPSHOT_FAILED'
  | 'INTERRUPTED';

export type StepResult =
  | { readonly kind: 'rested' }
  | { readonly kind: 'reply'; readonly value: ReplyValue }
  /** The session to destroy is gone: its registry destroyed it and died without an answer, or another client did. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'failure'; readonly code: ClientErrorCode; readonly reason: string }
  | { readonly kind: 'exit'; readonly exit: ProcessExit }
  | { readonly kind: 'cannotRun'; readonly error: OsError }
  /** The snapshot is complete. `isWhole`: it contains every stream. `isShort`: older packets had no room in it. */
  | { readonly kind: 'snapshot'; readonly isWhole: boolean; readonly isShort?: true };

export type Plan = (results: readonly StepResult[]) => Step | undefined;

export type ClientFailure = Extract<StepResult, { kind: 'failure' }>;

/** The first failed request, if there was one. */
export function failureIn(results: readonly StepResult[]): ClientFailure | undefined {
  return results.find((result) => result.kind === 'failure');
}

/** These requests in order, up to the first that fails. */
export function inOrder(operations: readonly Operation[]): Plan {
  return (results) => {
    const operation = operations[results.length];
    return operation === undefined || failureIn(results) !== undefined
      ? undefined
      : { kind: 'request', operation };
  };
}

/** One plan, then the other one unless the first one failed; the second one sees its own results alone. */
export function inTurn(first: Plan, second: Plan): Plan {
  return (results) => {
    const done = resultsOf(first, results);
    if (done === undefined) return first(results);
    return failureIn(done) === undefined ? second(results.slice(done.length)) : undefined;
  };
}

/** The results of a plan that the results begin with; undefined: it is not over. */
export function resultsOf(
  plan: Plan,
  results: readonly StepResult[],
): readonly StepResult[] | undefined {
  for (let count = 0; count <= results.length; count++) {
    const done = results.slice(0, count);
    if (plan(done) === undefined) return done;
  }
  return undefined;
}

/** A registry's lists are shorter than this many pages. */
const PAGES_MAX = 1000;

/** All pages of these lists, one list after the other. */
export function allPages(ops: readonly ('session.list' | 'app.list' | 'kernel.events')[]): Plan {
  return (results) => {
    if (failureIn(results) !== undefined || results.length >= PAGES_MAX) return undefined;
    const next = results.map((result) => (result.kind === 'reply' ? result.value.next : undefined));
    const op = ops[next.filter((from) => from === undefined).length];
    if (op === undefined) return undefined;
    return { kind: 'request', operation: { op, from: next.at(-1) ?? 0 } };
  };
}

/** The pages of a list at the start of the results: up to its last page, or to the failure that ended it. */
export function pagesIn(results: readonly StepResult[]): readonly StepResult[] {
  const pages = results.slice(0, PAGES_MAX);
  const last = pages.findIndex(
    (result) => result.kind !== 'reply' || result.value.next === undefined,
  );
  return last < 0 ? pages : pages.slice(0, last + 1);
}

/** The sessions that were listed. */
export function sessionsIn(results: readonly StepResult[]): readonly SessionInfo[] {
  return results.flatMap((result) =>
    result.kind === 'reply' ? (result.value.sessions ?? []) : [],
  );
}

/** The applications that were listed. */
export function appsIn(results: readonly StepResult[]): readonly AppInfo[] {
  return results.flatMap((result) => (result.kind === 'reply' ? (result.value.apps ?? []) : []));
}

/** The events of the kernel that were listed, `SYSTEM:NAME`. */
export function kernelEventsIn(results: readonly StepResult[]): readonly string[] {
  return results.flatMap((result) => (result.kind === 'reply' ? (result.value.events ?? []) : []));
}

/** The session in the last reply that contains one. */
export function lastSessionIn(results: readonly StepResult[]): SessionInfo | undefined {
  return results
    .flatMap((result) => (result.kind === 'reply' ? (result.value.session ?? []) : []))
    .at(-1);
}
