/** What a viewer of live sessions knows, and how it ends. */
import type { FollowSummary } from '../../src/effects/contract/viewer.ts';
import type { AttachedSession, Seek } from '../../src/wire/live/attach.ts';
import type { ListedSession } from '../../src/wire/live/list-sessions.ts';
import type { RelayAddress } from '../../src/wire/relay/forward.ts';

/** Which sessions to follow. */
export interface LiveTarget {
  /** The host that is traced, and the session's name; `*` matches any text. */
  readonly host: string;
  readonly session: string;
  /** From the first packet that the relay has, or from now. */
  readonly seek: Seek;
}

export interface LiveViewInput {
  readonly relay: RelayAddress;
  /** Undefined: list the sessions. */
  readonly target: LiveTarget | undefined;
}

export type LiveFailureCode =
  /** No address of the relay accepts a connection. */
  | 'RELAY_UNREACHABLE'
  /** The connection ended before the sessions did. */
  | 'RELAY_LOST'
  /** The relay speaks another version, or refuses to serve viewers. */
  | 'RELAY_REFUSED'
  | 'NO_SESSION'
  | 'INTERRUPTED';

export interface LiveFailure {
  readonly code: LiveFailureCode;
  /** One sentence without its full stop. */
  readonly reason: string;
}

export interface LiveOutcome {
  /** The sessions of the relay, when they were asked for. */
  readonly sessions?: readonly ListedSession[];
  /** Present once events have been followed. */
  readonly summary?: FollowSummary;
  readonly failure?: LiveFailure;
}

export interface LiveViewContext extends LiveViewInput {
  /** Sessions to attach to. */
  readonly wanted: readonly ListedSession[];
  readonly attached: readonly AttachedSession[];
  readonly outcome: LiveOutcome;
}

/** The last effect. */
export type LiveViewEffect = { type: 'live-view.done'; outcome: LiveOutcome };

export function initialContext(input: LiveViewInput): LiveViewContext {
  return { ...input, wanted: [], attached: [], outcome: {} };
}
