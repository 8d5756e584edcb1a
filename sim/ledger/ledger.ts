/**
 * What really happened, written down by those who did it: the events of traced threads and the commands of users.
 * Oracles hold traces against it. It is plain data, whoever wrote it: the simulator or a test with real processes.
 */

import type { ClientErrorCode, StepResult } from '../../actors/client/plans/plan.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import type { RegistryScope } from '../../src/wire/endpoints.ts';
import type { Attack } from '../input/attack.ts';
import type { ApplicationAccount } from './application-account.ts';

/** One call of a tracepoint. Times are nanoseconds of the machine's clock. */
export interface Emission {
  readonly counter: number;
  readonly name: string;
  readonly text: string;
  /** As in `LOG_LEVELS`. */
  readonly logLevel: number;
  /** The tracepoint was recording when it was called. */
  readonly isEnabled: boolean;
  readonly at: number;
  /** The call came back; false when the process was killed inside it. */
  isDone: boolean;
  /** When, if others may have run inside it. */
  doneAt?: number;
}

export interface ThreadAccount {
  /** Tells it from whoever else has its process id before or after it; see {@link Ledger}. */
  readonly who: string;
  readonly pid: number;
  readonly uid: number;
  readonly processName: string;
  /** The session it was started for (R1.17). */
  readonly sessionUuid: string | undefined;
  /** Its major versions, see `installation.ts`; when left out those of this package. */
  readonly ahead?: number;
  readonly startedAt: number;
  /** When the library had got as far as it could; undefined: never. */
  settledAt: number | undefined;
  /** Left out: it still lives, or nobody knows. */
  endedAt?: number | undefined;
  /** What it did and saw itself, where that was written down. */
  readonly application?: ApplicationAccount;
  readonly emissions: Emission[];
}

/** One step of a command: asked, and answered. */
export interface StepAccount {
  readonly operation: Operation | undefined;
  readonly snapshot?: { readonly session: string; readonly output: string } | undefined;
  /** The next registry is asked, too, when this one dies over it. */
  readonly isAskedAgain?: boolean;
  readonly askedAt: number;
  answeredAt: number | undefined;
}

/** One run of `lttng`. */
export interface CommandAccount {
  readonly who: string;
  readonly user: string;
  readonly uid: number;
  readonly ahead?: number;
  readonly startedAt: number;
  readonly steps: StepAccount[];
  doneAt: number | undefined;
  results: readonly StepResult[];
  /** The registry that served it. */
  scope: RegistryScope | undefined;
  registry: string | undefined;
  /** It recovers what lost everybody. */
  readonly isRecovery?: boolean;
  /** With one of these codes it has to fail; undefined: not at all. */
  readonly expected: readonly ClientErrorCode[] | undefined;
  /** With one of these it may fail. */
  readonly tolerated: readonly ClientErrorCode[];
}

/** A registry that served. */
export interface RegistryAccount {
  readonly who: string;
  readonly scope: RegistryScope;
  readonly uid: number;
  readonly readyAt: number;
  /** Left out: it still lives. */
  readonly endedAt?: number | undefined;
}

/** A registry got SIGTERM from its user. */
export interface TerminationAccount {
  readonly uid: number;
  readonly at: number;
}

/** What came of a hostile process. */
export interface HostileAccount {
  readonly pid: number;
  readonly user: string;
  readonly attack: Attack;
  connectedAt: number | undefined;
  /** The other side closed the connection. */
  endedAt: number | undefined;
  /** Types of the messages that it was sent, in order. */
  readonly heard: string[];
  /** Users that connected to it, apart from its own. */
  readonly callers: number[];
  /** Segments of streams that it was granted. */
  readonly granted: number[];
  /** Token of the channel that it left at the registry. */
  lent: string | undefined;
  /** Bytes of begun frames over connections that were left to it. */
  heldBytes: number;
}

/** A hostile process that registers as an application is accountable for its own trace, and no other process is. */
export function isImpostor({ hostiles }: Ledger, pid: number): boolean {
  return hostiles.some((hostile) => hostile.pid === pid && hostile.attack.kind === 'join');
}

/** Processes are named by a `who`, which no two have; ids are used again. */
export interface Ledger {
  readonly threads: ThreadAccount[];
  readonly commands: CommandAccount[];
  readonly registries: RegistryAccount[];
  readonly terminations: TerminationAccount[];
  readonly hostiles: HostileAccount[];
}

export function emptyLedger(): Ledger {
  return { threads: [], commands: [], registries: [], terminations: [], hostiles: [] };
}
