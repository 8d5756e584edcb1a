/** Commands of `lttng` that users of a scenario run, as data. */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import type { ChannelSettings } from '../../src/wire/common.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import type { Workload } from './workload.ts';

export type UserCommand =
  | KeptCommand
  /** `lttng record -- application` (scenario 1). */
  | {
      readonly kind: 'record';
      readonly name: string;
      readonly output: string;
      readonly channel?: ChannelSettings | undefined;
      readonly patterns: readonly string[];
      readonly workload: Workload;
      /** `--on-crash`: the only output is a snapshot here, when the application fails. */
      readonly onCrash?: string;
      /** It may fail with one of these. */
      readonly tolerated?: readonly ClientErrorCode[];
    }
  /** `lttng snapshot` of the user's session of this name (R1.23). */
  | {
      readonly kind: 'snapshot';
      readonly session: string;
      readonly output: string;
      /** `--max-size`. */
      readonly bytesMax?: number;
      /** It may fail with one of these. */
      readonly tolerated?: readonly ClientErrorCode[];
    }
  /** `lttng list`: all pages of its sessions, then of its applications. */
  | {
      readonly kind: 'list';
      /** It may fail with one of these. */
      readonly tolerated?: readonly ClientErrorCode[];
    }
  /** `lttng recover`: recovers all sessions of the user that lost both registry and consumer. */
  | {
      readonly kind: 'recover';
      /** It may fail with one of these. */
      readonly tolerated?: readonly ClientErrorCode[];
    }
  /** Runs operations in order until one fails, in one process. */
  | {
      readonly kind: 'operations';
      readonly operations: readonly Operation[];
      /** The command must fail with one of these codes; it must not fail when left out. */
      readonly expected?: readonly ClientErrorCode[];
      /** It may fail with one of these codes. */
      readonly tolerated?: readonly ClientErrorCode[];
      /** `--no-sessiond`. */
      readonly startsNoRegistry?: true;
    };

/** Commands that read or write files of their user. `tolerated`: as in other commands, codes of requests. */
export type KeptCommand = { readonly tolerated?: readonly ClientErrorCode[] } & (
  | {
      /** `lttng save`, into the usual directory. */
      readonly kind: 'save';
      /** Left out: the session that is meant. */
      readonly session?: string;
      readonly replaces?: true;
    }
  | {
      /** `lttng load` from the usual directory. */
      readonly kind: 'load';
      /** The name of the saved session. */
      readonly saved: string;
      /** `--rename`: the name of the session. */
      readonly name?: string;
      readonly replaces?: true;
      readonly isCurrent?: true;
    }
  | { readonly kind: 'set-session'; readonly session: string }
  /** `lttng destroy`; the session that is meant when none is named. */
  | { readonly kind: 'destroy'; readonly session?: string }
  /** Another command that names no session: operations on the one that is meant, in place of {@link MEANT}. */
  | { readonly kind: 'unnamed'; readonly operations: readonly Operation[] }
);

/** The session of operations in a command that names none. */
export const MEANT = 'meant';

export function isKept(command: UserCommand): command is KeptCommand {
  return KEPT.has(command.kind);
}

const KEPT: ReadonlySet<UserCommand['kind']> = new Set<KeptCommand['kind']>([
  'save',
  'load',
  'set-session',
  'destroy',
  'unnamed',
]);

export const LOG_LEVEL_ALL = 14;
/** Name of the program on the simulated machine that runs a workload. */
export const APPLICATION_PROGRAM = 'lttng-ts:application';
