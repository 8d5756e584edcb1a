/**
 * Effects and events of a viewer's connection to a relay, of which a process has one. Packets never become events: the
 * handler prints what they contain.
 */
import type { OsError } from '../../port/os-error.ts';
import type { AttachedSession } from '../../wire/live/attach.ts';
import type { ViewerReplyTo, ViewerRequest, ViewerRequestType } from '../../wire/live/requests.ts';
import type { RelayAddress } from '../../wire/relay/forward.ts';
import type { WireClosed } from './wire.ts';

export type ViewerEffect =
  /** Tries each address of the host: `viewer.connected` or `viewer.connectFailed`. */
  | { type: 'viewer.connect'; relay: RelayAddress }
  /** `viewer.replied`; without a reply in time the connection ends. */
  | { type: 'viewer.ask'; request: ViewerRequest }
  /** The messages after it are of this revision. */
  | { type: 'viewer.agree'; minor: number }
  /** Prints the events of these sessions until they have ended: `viewer.followed`. */
  | { type: 'viewer.follow'; sessions: readonly AttachedSession[] }
  /** Asks for nothing more, and prints what has been fetched: `viewer.followed`. */
  | { type: 'viewer.stop' }
  /** Prints nothing more: `viewer.followed`. */
  | { type: 'viewer.cancel' }
  /** Ends the connection, or the attempt to make one. No event follows. */
  | { type: 'viewer.close' };

/** The reply to a request, by its type. */
export type ViewerAnswer = {
  [Type in ViewerRequestType]: { readonly type: Type; readonly reply: ViewerReplyTo<Type> };
}[ViewerRequestType];

/** What a viewer has shown. */
export interface FollowSummary {
  readonly events: number;
  readonly discardedEvents: bigint;
  readonly discardedPackets: bigint;
  readonly problems: number;
  /** Packets that the relay did not have any more, or that were too long. */
  readonly packetsLeftOut: number;
}

export type ViewerEvent =
  | { type: 'viewer.connected' }
  | { type: 'viewer.connectFailed'; error: OsError }
  | { type: 'viewer.replied'; answer: ViewerAnswer }
  | { type: 'viewer.followed'; summary: FollowSummary }
  /** As `wire.closed`: not by us. */
  | ({ type: 'viewer.closed' } & Pick<WireClosed, 'reason'>);
