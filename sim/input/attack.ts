/** The attacks of hostile processes, as data. */

/**
 * What a user does with a pipe that all users may open: keeps it open for writing or reading, fills it, writes or
 * signals without end, or, in the place of the pipe of others, makes one that only its owner may use, or that does not
 * stay.
 */
export const PIPE_MISUSES = [
  'held-for-writing',
  'held-for-reading',
  'filled',
  'flooded',
  'signalled',
  'closed-to-others',
  'replaced',
] as const;

export type PipeMisuse = (typeof PIPE_MISUSES)[number];

export const MALFORMATIONS = [
  'oversized',
  'nested',
  'many-values',
  'prototype',
  'wrong-type',
  'unknown-member',
  'unknown-type',
  'noise',
] as const;

export type Malformation = (typeof MALFORMATIONS)[number];

export type Attack =
  /** Sends a correct hello, then a malformed frame. */
  | {
      readonly kind: 'malformed-frame';
      readonly socket: 'client' | 'app';
      readonly malformation: Malformation;
    }
  /** Sends a hello with an unknown protocol version. */
  | { readonly kind: 'unknown-version'; readonly socket: 'client' | 'app' }
  /** Connects, sends this many messages, and nothing more. */
  | { readonly kind: 'silent-connection'; readonly socket: 'client' | 'app'; readonly words: 0 | 1 }
  /** Attaches as the consumer of a session; `@USER/NAME` stands for its UUID. */
  | { readonly kind: 'attach-consumer'; readonly session: string }
  /** Registers as an application, and acknowledges a state that it never received. */
  | { readonly kind: 'false-confirmation' }
  /** Registers as an application, and then misbehaves with its streams. */
  | {
      readonly kind: 'rogue-application';
      readonly misbehaviour: Misbehaviour;
      readonly of?: TargetRegistry;
    }
  /** Attaches as the consumer of a session of its own user, and sends a false report; `@USER/NAME`: its UUID. */
  | {
      readonly kind: 'lying-consumer';
      readonly session: string;
      readonly falseReport: FalseReport;
      readonly staysMs: number;
    }
  /** Begins a snapshot of a session of its own user, and never attaches its streams; `@USER/NAME`: its UUID. */
  | { readonly kind: 'pinned-snapshot'; readonly session: string }
  /** Misuses a named pipe for this long. */
  | {
      readonly kind: 'pipe-misuse';
      readonly path: string;
      readonly misuse: PipeMisuse;
      readonly staysMs: number;
    }
  /**
   * Moves a directory in its own home away for a moment, with a link to `target` in its place, again and again. It
   * begins when the directory is there.
   */
  | {
      readonly kind: 'swapped-directory';
      readonly path: string;
      readonly target: string;
      readonly staysMs: number;
    }
  /** Opens this many client connections at once. */
  | { readonly kind: 'connection-flood'; readonly connections: number }
  /** Sends a command to a registry that must refuse it. */
  | { readonly kind: 'foreign-command'; readonly of: TargetRegistry }
  /** Requests many lists from its registry, and reads no reply. */
  | { readonly kind: 'unread-replies'; readonly of: TargetRegistry }
  /** Begins frames over many connections, and completes none. */
  | { readonly kind: 'unfinished-frames'; readonly of: TargetRegistry }
  /** Passes a socket to the registry, and makes its token known to others. */
  | { readonly kind: 'shared-token' }
  /** Registers with the passed socket of another process; `@USER`: the token that this user lent last. */
  | { readonly kind: 'claimed-token'; readonly token: string }
  /** Impersonates the registry of its own user, and sends wrong replies. */
  | { readonly kind: 'impostor-registry'; readonly directory: string }
  /** Runs the consumer of a session that does not exist; an accident rather than an attack. */
  | { readonly kind: 'stray-consumer' }
  /** Makes its own directory writable for all users; an accident rather than an attack. */
  | { readonly kind: 'writable-directory'; readonly directory: string }
  /** Makes this many segments of its own, one after the other; any program may. */
  | { readonly kind: 'own-memory'; readonly segments: number }
  /** Registers this many threads that it does not have. */
  | { readonly kind: 'made-up-threads'; readonly threads: number }
  /** Lets all users enter its own directory, or connect to its own socket; an accident rather than an attack. */
  | { readonly kind: 'opened-path'; readonly path: string }
  /**
   * Listens at the path of another user's registry, in a directory that it can write. `swaps`: a registry listened
   * there before, so a peer may have checked the owner of the socket before the swap.
   */
  | { readonly kind: 'planted-socket'; readonly path: string; readonly swaps?: true }
  /** Speaks to a relay as a consumer does, and lies. */
  | { readonly kind: 'lying-sender'; readonly relay: string; readonly lie: SenderLie }
  /** Speaks to a relay as a viewer does, and lies. */
  | { readonly kind: 'lying-viewer'; readonly relay: string; readonly lie: ViewerLie }
  /** Listens as a relay does, and lies to those who connect. */
  | { readonly kind: 'lying-relay'; readonly lie: RelayLie; readonly staysMs: number }
  /** Listens at the path of its own user's registry, and sends this many messages to applications. */
  | { readonly kind: 'silent-registry'; readonly directory: string; readonly words: 0 | 1 };

/** The directory of a registry, and the uid of its user. */
export interface TargetRegistry {
  readonly directory: string;
  readonly uid: number;
}

export const MISBEHAVIOURS = [
  'deaf',
  'reborn',
  'class-log',
  'opened',
  'tallies',
  'timestamps',
  'removed',
] as const;

/**
 * `deaf`: the application never acknowledges a state. `reborn`: it detaches without a message, and registers again as
 * another thread with the same ids. `removed`: it removes its segments. The others name the words of its own segments
 * that it corrupts.
 */
export type Misbehaviour = (typeof MISBEHAVIOURS)[number];

/** `released`: the consumer releases each stream at once. `flushed`: it reports a flush that it did not do. */
export const FALSE_REPORTS = ['released', 'flushed'] as const;

export type FalseReport = (typeof FALSE_REPORTS)[number];

/** Host and session that a lying sender claims; nothing of another name may come from it. */
export const HOSTILE_NAME = 'mallory';

/**
 * `noise`: bytes that are no message. `oversized`: a message of 2^63 bytes. `half-message`: a message that never ends.
 * `foreign-stream`: packets of a stream that it did not add. `outside`: names that lead out of the relay's output.
 * `guessed-stream`: requests about streams of others.
 */
export const SENDER_LIES = [
  'noise',
  'oversized',
  'half-message',
  'foreign-stream',
  'outside',
  'guessed-stream',
] as const;
export type SenderLie = (typeof SENDER_LIES)[number];

/** As those of senders. `guessed`: it asks for sessions and packets that it may not read. */
export const VIEWER_LIES = ['noise', 'oversized', 'half-message', 'guessed'] as const;
export type ViewerLie = (typeof VIEWER_LIES)[number];

/** `endless-reply`: a reply with a path of 2^32 bytes. `never-stores`: everything stays pending. */
export const RELAY_LIES = [
  'silent',
  'noise',
  'closes',
  'refuses',
  'wrong-version',
  'endless-reply',
  'never-stores',
] as const;
export type RelayLie = (typeof RELAY_LIES)[number];
