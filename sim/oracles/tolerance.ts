/** What oracles excuse because a fault caused it. */
import type { CommandAccount, ThreadAccount } from '../ledger/ledger.ts';
import type { SessionAccount } from '../ledger/sessions.ts';

/** What oracles may forgive in a run; {@link NO_TOLERANCE} when there are no faults. */
export interface Tolerance {
  /** Nothing that begins after this, nanoseconds, takes longer than usual; -1: nothing does. */
  readonly until: number;
  /** The command may fail: its session or its registry may be gone. */
  mayFail(command: CommandAccount): boolean;
  /** What is emitted into the session before this is recorded as if nothing had happened; after it, perhaps. */
  certainUntil(session: SessionAccount): number;
  /** The thread may have come late to the session, or never. */
  mayMiss(session: SessionAccount, thread: ThreadAccount): boolean;
  /**
   * How long the session may be recorded after its end, nanoseconds: its registry was killed, and it was ended before
   * its applications and its consumer had come back.
   */
  lingersFor(session: SessionAccount): number;
  /** Somebody may have lost a peer. */
  readonly losesPeers: boolean;
  /** Registries could not write down all that they answered. */
  readonly isForgetful: boolean;
  /** Nobody can know of all sessions: a command that made one was never answered. */
  readonly isSecretive: boolean;
  /** A process that ends without an end of its own, in the middle of anything. */
  isKilled(who: string): boolean;
  /** Why something may stay behind; undefined: it may not. */
  leftover(kind: 'segment' | 'socket' | 'pipe' | 'snapshot'): Allowance | undefined;
}

/** What faults may leave behind. */
export type Allowance =
  /** The file system refused to; it is tried once and logged. */
  | 'what-could-not-be-removed'
  /** A registry could not read what the one before it had written down, and leaves it to the next one. */
  | 'what-could-not-be-read'
  /** A registry had no room on the disk to say that it is there, and was killed. */
  | 'what-was-not-written-down'
  /** When a registry looked for what the dead one before it had made, another process had that one's id. */
  | 'what-may-be-anothers'
  /** Nobody was there any more to remove anything. */
  | 'power-cut';

export const NO_TOLERANCE: Tolerance = {
  until: -1,
  mayFail: () => false,
  certainUntil: () => Number.POSITIVE_INFINITY,
  mayMiss: () => false,
  lingersFor: () => 0,
  losesPeers: false,
  isForgetful: false,
  isSecretive: false,
  isKilled: () => false,
  leftover: () => undefined,
};
