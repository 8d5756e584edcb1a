/** Deviations that oracles excuse because a fault caused them. */
import type { CommandAccount, ThreadAccount } from '../ledger/ledger.ts';
import type { SessionAccount } from '../ledger/sessions.ts';

/** Excuses for a run; {@link NO_TOLERANCE} when there are no faults. */
export interface Tolerance {
  /** Operations that begin after this, nanoseconds, take no longer than usual; -1: all operations. */
  readonly until: number;
  /** The command may fail: its session or its registry may be gone. */
  mayFail(command: CommandAccount): boolean;
  /** Events emitted into the session before this must be recorded as without faults; later events may be. */
  certainUntil(session: SessionAccount): number;
  /** The thread may have joined the session late, or never. */
  mayMiss(session: SessionAccount, thread: ThreadAccount): boolean;
  /**
   * How long the session may record after its end, nanoseconds: its registry was killed, and it was ended before its
   * applications and its consumer had reconnected.
   */
  lingersFor(session: SessionAccount): number;
  /** A change of the session was not on the disk when its registry was killed: the next registry does not know it. */
  isUndone(session: SessionAccount): boolean;
  /** The only reason for which threads may miss events is that they have no buffers: answers name them. */
  readonly lacksMemoryAlone: boolean;
  /** Events may be at a relay twice: it lost a link before it could acknowledge them. */
  readonly mayRepeat: boolean;
  /** A consumer that never had the files open takes moved ones for removed ones: it counts events that are there. */
  readonly mayOvercount: boolean;
  /** Processes may have lost a peer. */
  readonly losesPeers: boolean;
  /** Registries could not write all answered changes to the disk. */
  readonly isForgetful: boolean;
  /** The ledger may not have all sessions: a command that created one was never answered. */
  readonly isSecretive: boolean;
  /** Whether a fault killed the process, possibly in the middle of an operation. */
  isKilled(who: string): boolean;
  /** Why an object of this kind may be left behind; undefined: it may not. */
  leftover(kind: 'segment' | 'socket' | 'pipe' | 'snapshot'): Allowance | undefined;
}

/** Leftovers that faults allow. */
export type Allowance =
  /** The file system refused the removal, which is tried once and logged. */
  | 'what-could-not-be-removed'
  /** A registry could not read its predecessor's records, and leaves the objects to the next one. */
  | 'what-could-not-be-read'
  /** A registry had no room on the disk for its owner line, and was killed. */
  | 'what-was-not-written-down'
  /** No process was left to remove anything. */
  | 'power-cut';

/** After an outage the kernel sends again within as long as the outage was; the longest one is shorter. */
const RETRANSMITTED_NS_MAX = 45_000_000_000;

/** When nothing has faults but the network, which is healed at this time, nanoseconds. */
export function networkTolerance(healedAt: number): Tolerance {
  const until = healedAt + RETRANSMITTED_NS_MAX;
  const mayFail = ({ startedAt }: CommandAccount): boolean => startedAt <= until;
  return { ...NO_TOLERANCE, until, mayFail, mayRepeat: true, losesPeers: true };
}

export const NO_TOLERANCE: Tolerance = {
  until: -1,
  mayFail: () => false,
  certainUntil: () => Number.POSITIVE_INFINITY,
  mayMiss: () => false,
  lingersFor: () => 0,
  isUndone: () => false,
  lacksMemoryAlone: false,
  mayRepeat: false,
  mayOvercount: false,
  losesPeers: false,
  isForgetful: false,
  isSecretive: false,
  isKilled: () => false,
  leftover: () => undefined,
};
