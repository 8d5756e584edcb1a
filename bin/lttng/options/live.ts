/** `--live[=USEC]` of commands that create a session: viewers can follow it at its relay, as it is recorded. */
import type { World } from '../../../src/port/world.ts';
import { LIVE_TIMER_US_MAX, LIVE_TIMER_US_MIN } from '../../../src/wire/common.ts';
import {
  type Destination,
  isRelay,
  type RelayDestination,
} from '../../../src/wire/control/destination.ts';
import { usageFailure } from '../failure.ts';
import { number, type OptionsOf, option, type Value } from '../table/declare.ts';
import { destinationOf } from './destination.ts';

/** As LTTng's: one second, and the relay of this machine. */
const LIVE_TIMER_US = 1_000_000;
const LIVE_RELAY = 'net://127.0.0.1';

/** Microseconds; true: the default. */
const PERIOD: Value<number | true> = number(
  'The period of a live session in µs',
  LIVE_TIMER_US_MIN,
  LIVE_TIMER_US_MAX,
);

export const LIVE_OPTION = option(
  '--live [usec]',
  `let viewers follow the session at its relay (default: ${LIVE_RELAY}), where each stream says something new ` +
    `this often (default: ${LIVE_TIMER_US} µs)`,
  { value: PERIOD },
);
type LiveOptions = OptionsOf<readonly [typeof LIVE_OPTION]>;

/** The value follows after "=" alone, as in LTTng: `--live NAME` has none. */
export function withLivePeriods(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const isOther = end < 0 && words.includes('record');
  return words.map((word, index) =>
    word !== '--live' || isOther || (end >= 0 && index > end) ? word : `--live=${LIVE_TIMER_US}`,
  );
}

/** The period of a live session, and its relay; undefined: the session is none. */
export function liveSessionOf(
  world: World,
  live: LiveOptions['live'],
  destination: Destination | undefined,
): { readonly liveTimerUs: number; readonly relay: RelayDestination } | undefined {
  if (live === undefined) return undefined;
  const relay = destination ?? destinationOf(world, { setUrl: LIVE_RELAY });
  if (relay === undefined || !isRelay(relay)) {
    throw usageFailure('A live session (--live) sends to a relay, not into files');
  }
  return { liveTimerUs: live === true ? LIVE_TIMER_US : live, relay };
}
