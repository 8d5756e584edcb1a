/**
 * The ledger records what really happened: traced threads record their events, clients record their commands. Oracles
 * compare traces with it. It is plain data; the simulator or a test with real processes writes it.
 */

import type { ClientErrorCode, Step, StepResult } from '../../actors/client/plans/plan.ts';
import type { SavedSession } from '../../src/kept/saved-session.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import type { RegistryScope } from '../../src/wire/endpoints.ts';
import type { Attack } from '../input/attack.ts';
import type { KeptCommand } from '../input/command.ts';
import type { ApplicationAccount } from './application-account.ts';
import type { Emission } from './emission.ts';
import type { RelayAccount, SenderAccount } from './relay-accounts.ts';
import type { ViewAccount } from './view-accounts.ts';

export interface ThreadAccount {
  /** Unique name of the process, since others may have its process id before or after it; see {@link Ledger}. */
  readonly who: string;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly processName: string;
  /** The session for which the thread was started (R1.17). */
  readonly sessionUuid: string | undefined;
  /** How far its major versions are ahead, see `installation.ts`; left out: the versions of this package. */
  readonly ahead?: number;
  readonly startedAt: number;
  /** When each registration of the library was complete or waiting for a registry; undefined: never. */
  settledAt: number | undefined;
  /** Left out: it still lives, or its end is unknown. */
  endedAt?: number | undefined;
  /** The application's own account, if it keeps one. */
  readonly application?: ApplicationAccount;
  readonly emissions: Emission[];
}

/** One step of a command: its request and its answer. */
export interface StepAccount {
  readonly operation: Operation | undefined;
  readonly snapshot?: Omit<Extract<Step, { kind: 'snapshot' }>, 'kind'> | undefined;
  /** The client repeats the request at the next registry when the first one dies before it answers. */
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
  /** The command is `lttng recover`. */
  readonly isRecovery?: boolean;
  /** A `record` is done, and did not destroy its session. */
  leavesSession?: boolean;
  /** The command must fail with one of these codes; undefined: it must not fail. */
  readonly expected: readonly ClientErrorCode[] | undefined;
  /** The command may fail with one of these codes. */
  readonly tolerated: readonly ClientErrorCode[];
}

export type KeptOutcome =
  | { readonly kind: 'done'; readonly session: SessionInfo | undefined }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string };

/** One run of a command that reads or writes files of its user: saved sessions, and the current one. */
export interface KeptAccount {
  readonly who: string;
  readonly uid: number;
  readonly user: string;
  readonly home: string;
  readonly command: KeptCommand;
  readonly startedAt: number;
  /** Its plans, in order; the parts are among the commands of the ledger, too. */
  readonly parts: CommandAccount[];
  /** What a load has read. */
  saved: SavedSession | undefined;
  /** When it went on with the results of its last plan; before that it has written nothing. */
  answeredAt: number | undefined;
  doneAt: number | undefined;
  outcome: KeptOutcome | undefined;
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

/** A SIGTERM of a user to its registries. */
export interface TerminationAccount {
  readonly uid: number;
  readonly at: number;
  /** At the end of the run, when nothing records any more. */
  readonly isLast?: true;
}

/** The results of a hostile process. */
export interface AdversaryAccount {
  readonly pid: number;
  readonly user: string;
  readonly attack: Attack;
  connectedAt: number | undefined;
  /** The other side closed the connection. */
  endedAt: number | undefined;
  /** Types of the messages that it received, in order. */
  readonly heard: string[];
  /** Uids that connected to it, apart from its own. */
  readonly callers: number[];
  /** Keys of the data segments of the streams that a registry granted to it. */
  readonly granted: number[];
  /** Token of the socket that it passed to the registry. */
  lent: string | undefined;
  /** Ports of its connections to a relay. */
  readonly ports: number[];
  /** Bytes of begun frames over the connections that remained open. */
  heldBytes: number;
}

/** Whether the process is hostile and registers as an application: only its own trace may then be damaged. */
export function isImpostor({ adversaries }: Ledger, pid: number): boolean {
  return adversaries.some(
    (hostile) => hostile.pid === pid && hostile.attack.kind === 'rogue-application',
  );
}

/** The unique `who` names a process; process ids are reused. */
export interface Ledger {
  readonly threads: ThreadAccount[];
  readonly commands: CommandAccount[];
  readonly kept: KeptAccount[];
  readonly registries: RegistryAccount[];
  readonly terminations: TerminationAccount[];
  readonly adversaries: AdversaryAccount[];
  readonly relays: RelayAccount[];
  readonly senders: SenderAccount[];
  readonly views: ViewAccount[];
}

export function emptyLedger(): Ledger {
  const peers = { adversaries: [], relays: [], senders: [], views: [] };
  return { threads: [], commands: [], kept: [], registries: [], terminations: [], ...peers };
}
