/** Where the consumer of a session writes, and where it shall write (R3.7). */

import {
  type Destination,
  destinationText,
  isRelay,
  type RelayDestination,
} from '../../../src/wire/control/destination.ts';
import type { DestinationInfo } from '../../../src/wire/control/messages.ts';
import type { LinkFailure, SessionInput } from '../messages.ts';
import type { SessionRecord } from '../record.ts';

export interface Place {
  /** What was set last. Invariant: while it is an enabled relay it does not change (it is frozen). */
  readonly destination: Destination;
  /** `set`: not enabled since. */
  readonly use: 'set' | 'enabled' | 'disabled';
  /**
   * Where a consumer writes at present. Invariant: an enabled destination is there; with a disabled one it is nowhere;
   * the relay is an enabled one.
   */
  readonly present: 'files' | 'relay' | 'nowhere';
  /** Of the relay; `apart`: no link to it was made since it was enabled, or the consumer is gone. */
  readonly link: 'apart' | 'connecting' | 'connected' | 'lost';
  /** Why the destination could not be used the last time, or is lost. */
  readonly failure: LinkFailure | undefined;
}

/** A new session without a destination has an output, which the registry checks. */
export function initialPlace({ output, relay, restored }: SessionInput): Place {
  const place = { link: 'apart', failure: undefined } as const;
  if (restored?.place !== undefined) return { ...restored.place, ...place };
  if (relay !== undefined) {
    return { destination: relay, use: 'enabled', present: 'relay', ...place };
  }
  return { destination: { output: output ?? '' }, use: 'enabled', present: 'files', ...place };
}

/** Whether the consumer writes where the session was created to write: into files of its directory. */
export function isOriginal({ destination, use }: Place, output: string | undefined): boolean {
  return use === 'enabled' && !isRelay(destination) && destination.output === output;
}

export function recordedPlace({ destination, use, present }: Place): SessionRecord['place'] {
  return { destination, use, present };
}

/** The relay that the consumer sends to, or shall send to when it is enabled. */
export function relayIn({ destination }: Place): RelayDestination | undefined {
  return isRelay(destination) ? destination : undefined;
}

export function destinationInfoOf(place: Place): DestinationInfo {
  const { destination: to, failure } = place;
  return { to, state: stateOf(place), ...(failure === undefined ? {} : { failure }) };
}

function stateOf({ use, present, link }: Place): DestinationInfo['state'] {
  if (link === 'connecting') return 'connecting';
  if (use !== 'enabled') return use;
  if (present === 'files') return 'enabled';
  return link === 'apart' ? 'waiting' : link;
}

/** Why nothing is written now, for a session whose consumer cannot write; undefined: there is no such reason. */
export function whyNothing({ destination, present, link, failure }: Place): string | undefined {
  if (present === 'nowhere') return 'its consumer is disabled ("lttng enable-consumer")';
  if (present !== 'relay' || link === 'connected') return undefined;
  return failure === undefined
    ? `its consumer has no connection to ${destinationText(destination)} yet`
    : failure.reason.charAt(0).toLowerCase() + failure.reason.slice(1);
}
