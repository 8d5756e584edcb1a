/** Errors that end a command, and the exit statuses of `lttng`. */
import { type ClientFailure, failureIn, type StepResult } from '../../actors/client/plans/plan.ts';
import { EXIT_SOFTWARE } from '../../src/wire/exit-status.ts';
import { ControlError, type ControlErrorCode } from '../control/control-error.ts';
import type { SessionError } from '../control/sessions.ts';

/** Exit statuses; docs/cli.md and `lttng help exit-codes` list them. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  noRegistry: 3,
  file: 4,
  noRelay: 5,
  internal: EXIT_SOFTWARE,
  cannotExecute: 126,
  notFound: 127,
  interrupted: 130,
} as const;

/** What each exit status means. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'Done.',
  refused:
    'Refused: no such session or event, not allowed, already done; the message ends with a code.',
  usage: 'The command line is wrong: unknown command or option, missing or bad value.',
  noRegistry: 'No registry serves this user, or it has ended.',
  file: 'A trace or a file cannot be read or written; a snapshot cannot be made.',
  noRelay:
    'A relay cannot be reached, refuses to serve viewers, or has ended before the sessions that it showed.',
  internal: 'Internal error of lttng; -vv shows a stack trace.',
  cannotExecute: 'run, record: the program cannot be executed.',
  notFound: 'run, record: there is no such program.',
  interrupted: 'Interrupted before it was done.',
};

/** An error for the user: one sentence, its code, and the exit status. */
export class CliFailure extends Error {
  readonly code: string;
  readonly exitStatus: number;

  constructor(code: string, reason: string, exitStatus: number) {
    super(reason);
    this.code = code;
    this.exitStatus = exitStatus;
  }
}

/** Wrong use of a command. */
export function usageFailure(reason: string): CliFailure {
  return new CliFailure('USAGE', reason, EXIT.usage);
}

/** The failure of a client; keeps its code and reason. */
export function clientFailure({
  code,
  reason,
}: Pick<ClientFailure, 'code' | 'reason'>): CliFailure {
  return new CliFailure(code, reason, statusOf(code));
}

/** Throws the first failure among the results. */
export function throwFailure(results: readonly StepResult[]): void {
  const failed = failureIn(results);
  if (failed !== undefined) throw clientFailure(failed);
}

/** Why a command has no session, or what failed in it. Without a registry there is no session either. */
export function sessionFailure(error: SessionError): CliFailure {
  switch (error.kind) {
    case 'failure': {
      const { code, reason } = error;
      if (code !== 'NO_REGISTRY') return clientFailure(error);
      const more = 'so there is no session; "lttng create" starts a registry and creates one';
      return new CliFailure(code, `${reason}, ${more}`, statusOf(code));
    }
    case 'bad-config':
      return new CliFailure(
        'BAD_CONFIG',
        `${error.file} ${error.reason}; name the session with -s`,
        EXIT.file,
      );
    case 'current-gone':
      return new CliFailure(
        'NO_SESSION',
        'The session of .lttng/config is gone; name another one with -s, or remove the file',
        EXIT.refused,
      );
    case 'no-session':
      return new CliFailure(
        'NO_SESSION',
        'There is no session; "lttng create" creates one',
        EXIT.refused,
      );
    case 'several-sessions': {
      const { names } = error;
      return usageFailure(`Name one of the ${names.length} sessions with -s: ${names.join(', ')}`);
    }
  }
}

/** The failure that was thrown, also by the control library; undefined: something else was. */
export function asFailure(thrown: unknown): CliFailure | undefined {
  if (thrown instanceof CliFailure) return thrown;
  if (!(thrown instanceof ControlError)) return undefined;
  return new CliFailure(thrown.code, thrown.message, statusOf(thrown.code));
}

/** The exit status for an error of the control library. */
function statusOf(code: ControlErrorCode): number {
  switch (code) {
    case 'USAGE':
      return EXIT.usage;
    case 'NO_REGISTRY':
    case 'REGISTRY_LOST':
    case 'NO_ANSWER':
      return EXIT.noRegistry;
    case 'NOT_WRITTEN':
    case 'NO_OUTPUT':
    case 'NO_DIRECTORY':
    case 'SNAPSHOT_FAILED':
      return EXIT.file;
    case 'INTERRUPTED':
      return EXIT.interrupted;
    default:
      return EXIT.refused;
  }
}
