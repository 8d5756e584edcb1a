/** What ends a command early, and the exit statuses of `lttng` (listed in docs/cli.md). */
import type { ClientErrorCode } from '../../actors/client/plan.ts';

export const EXIT = {
  done: 0,
  /** The registry refused; the code says why. */
  refused: 1,
  usage: 2,
  /** No registry serves this user, or it went away. */
  noRegistry: 3,
  /** A trace cannot be read. */
  unreadable: 4,
  cannotExecute: 126,
  notFound: 127,
  interrupted: 130,
} as const;

/** One sentence and its code; the exit status follows. */
export class CliFailure extends Error {
  readonly code: string;
  readonly exitStatus: number;

  constructor(code: string, reason: string, exitStatus: number) {
    super(reason);
    this.code = code;
    this.exitStatus = exitStatus;
  }
}

/** The exit status of what a client met. */
export function statusOf(code: ClientErrorCode): number {
  switch (code) {
    case 'NO_REGISTRY':
    case 'REGISTRY_LOST':
    case 'NO_ANSWER':
      return EXIT.noRegistry;
    case 'INTERRUPTED':
      return EXIT.interrupted;
    default:
      return EXIT.refused;
  }
}
