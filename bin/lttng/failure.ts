/** Errors that end a command, and the exit statuses of `lttng`. */
import { EXIT_SOFTWARE } from '../../src/wire/exit-status.ts';
import { ControlError } from '../control/api/control-error.ts';

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

/** The failure that was thrown, also by the control library; undefined: something else was. */
export function asFailure(thrown: unknown): CliFailure | undefined {
  if (thrown instanceof CliFailure) return thrown;
  if (!(thrown instanceof ControlError)) return undefined;
  return new CliFailure(thrown.code, messageOf(thrown), statusOf(thrown));
}

/** The sentence of an error, with what to type next. */
function messageOf({ code, message, lack }: ControlError): string {
  if (code === 'FILE_EXISTS') return `${message}; -f replaces it`;
  switch (lack?.kind) {
    case 'no-registry':
      return `${message}, so there is no session; "lttng create" starts a registry and creates one`;
    case 'bad-config':
      return `${message}; name the session with -s`;
    case 'current-gone':
      return `${message}; name another one with -s, or remove the file`;
    case 'chosen-gone':
      return `${message}; "lttng set-session NAME" chooses another one`;
    case 'no-session':
      return `${message}; "lttng create" creates one`;
    case 'several-sessions':
      return `Name one of the ${lack.names.length} sessions with -s: ${lack.names.join(', ')}`;
    default:
      return message;
  }
}

/** The exit status for an error of the control library. */
function statusOf({ code, errno }: ControlError): number {
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
    case 'BAD_CONFIG':
    case 'BAD_SAVED':
    case 'NO_SAVED':
    case 'FILE_EXISTS':
      return EXIT.file;
    case 'INTERRUPTED':
      return EXIT.interrupted;
    case 'CANNOT_RUN':
      return errno === 'ENOENT' ? EXIT.notFound : EXIT.cannotExecute;
    default:
      return EXIT.refused;
  }
}
