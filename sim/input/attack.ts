/** What an adversary does, as data. */

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
  /** Greets as the protocol wants, then sends what it forbids. */
  | { readonly kind: 'blow'; readonly socket: 'client' | 'app'; readonly blow: Malformation }
  /** Speaks a version that nobody knows. */
  | { readonly kind: 'version'; readonly socket: 'client' | 'app' }
  /** Connects, says this many words, and nothing more. */
  | { readonly kind: 'silent'; readonly socket: 'client' | 'app'; readonly words: 0 | 1 }
  /** Wants to be the consumer of a session; `@USER/NAME` is its UUID. */
  | { readonly kind: 'attach'; readonly session: string }
  /** Registers as an application does, and confirms what it was never told. */
  | { readonly kind: 'confirm' }
  /** Registers as an application does, and then misbehaves with its streams. */
  | { readonly kind: 'join'; readonly misdeed: Misbehaviour; readonly of?: TargetRegistry }
  /** Is the consumer of a session of its own user, and lies; `@USER/NAME` is its UUID. */
  | {
      readonly kind: 'consume';
      readonly session: string;
      readonly lie: FalseReport;
      readonly staysMs: number;
    }
  /** Begins a snapshot of a session of its own user, and never has what it was told of; `@USER/NAME` is its UUID. */
  | { readonly kind: 'pin'; readonly session: string }
  /** Wants so many connections for commands at once. */
  | { readonly kind: 'crowd'; readonly connections: number }
  /** Gives a command to a registry that does not serve it. */
  | { readonly kind: 'ask'; readonly of: TargetRegistry }
  /** Asks its registry for lists, and reads none of them. */
  | { readonly kind: 'gorge'; readonly of: TargetRegistry }
  /** Begins frames over many connections, and ends none. */
  | { readonly kind: 'hoard'; readonly of: TargetRegistry }
  /** Leaves a channel at the registry, and lets others know its token. */
  | { readonly kind: 'lend' }
  /** Registers with what somebody else left; `@USER`: the token that this user lent last. */
  | { readonly kind: 'borrow'; readonly token: string }
  /** Is the registry of its own user, and answers what was not asked. */
  | { readonly kind: 'pose'; readonly directory: string }
  /** Runs the consumer of a session that is nowhere, which is careless rather than hostile. */
  | { readonly kind: 'consumer' }
  /** Lets everybody write in its own directory, which is careless rather than hostile. */
  | { readonly kind: 'expose'; readonly directory: string }
  /** Lets everybody pass its own directory, or connect to its own socket, which is careless rather than hostile. */
  | { readonly kind: 'open'; readonly path: string }
  /**
   * Listens where somebody's registry ought to, in a directory that is open to it. `swaps`: a registry listened there,
   * so that somebody may have looked whose socket it was before.
   */
  | { readonly kind: 'plant'; readonly path: string; readonly swaps?: true }
  /** Listens where its own user's registry ought to, and says this many words to applications. */
  | { readonly kind: 'mute'; readonly directory: string; readonly words: 0 | 1 };

/** Where a registry is, and whose it is. */
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
] as const;

/**
 * `deaf`: it never follows a state. `reborn`: it leaves without a word, and comes back as another thread with the same
 * numbers. The others: which words of its own segments it writes nonsense into.
 */
export type Misbehaviour = (typeof MISBEHAVIOURS)[number];

/** `released`: it needs each stream no more that it is told of. `flushed`: it has written, when it has not. */
export const FALSE_REPORTS = ['released', 'flushed'] as const;

export type FalseReport = (typeof FALSE_REPORTS)[number];
