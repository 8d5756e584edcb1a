/** What relays and their senders did, in a run with several hosts. */
import type { Files } from '../../src/port/files.ts';
import type { Emission } from './emission.ts';

/** A relay that was started; the next one of its host has an account of its own. */
export interface RelayAccount {
  readonly who: string;
  readonly uid: number;
  readonly output: string;
  /** Where it keeps live sessions; absent: in files below its output. */
  readonly memory?: MemoryAccount;
}

/** What a relay took into its memory. */
export interface MemoryAccount {
  /** Has all of it as files, on a disk that is not the relay's. */
  readonly files: Files;
  readonly directory: string;
  /** Bytes that the relay still has at this moment, with what is noted of each packet. */
  readonly heldBytes: number;
  /** They are more than a bound. */
  readonly isOver: boolean;
  /** All that it ever took is within the bounds. */
  readonly isEnough: boolean;
}

/** What a sender handed to its relay sink for one stream, over one link. */
export interface SentStream {
  /** UUID of the trace, 16 bytes: the header of each packet has it, so that the relay's file can be found. */
  readonly trace: Uint8Array;
  /** The bytes of each append: one packet or two. */
  readonly sent: Uint8Array[];
  /** How many of these the relay has acknowledged. */
  stored: number;
}

/** A link to a relay: a control connection and a data connection. */
export interface RelayLinkAccount {
  readonly openedAt: number;
  readonly streams: SentStream[];
  /** Left out: it is still there. */
  endedAt?: number;
}

/** A program that records its own events and streams them to a relay. */
export interface SenderAccount {
  readonly who: string;
  readonly pid: number;
  /** Host name of the relay. */
  readonly relay: string;
  /** Host names of the relays before it. */
  readonly way: readonly string[];
  readonly sessionName: string;
  readonly sessionUuid: string;
  readonly emissions: Emission[];
  readonly links: RelayLinkAccount[];
  /** When the relay had everything; undefined: not yet. */
  doneAt: number | undefined;
}
