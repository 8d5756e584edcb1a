/**
 * The way to a relay behind others (R3.8). Each relay forwards the sender's connections to the next one; from then on
 * the sender speaks to that one as if there were none in between. So the last relay acknowledges the packets, and those
 * before it store nothing. The control connection goes first, then the data connection. If one of them does not reach
 * the last relay, the link fails.
 */

import type { Extension } from '../wire/relay/extensions.ts';
import type { RelayAddress, RelayWay } from '../wire/relay/forward.ts';
import { RELAY_MAJOR, RELAY_MINOR_MIN, RELAY_WAY_MS_MAX } from '../wire/relay/limits.ts';
import { hasCommand } from '../wire/relay/requests.ts';
import { OUR_MINOR, type RelayLink } from './relay-link.ts';
import type { RelayWorld } from './relay-trace.ts';

/**
 * Agrees on a revision with each relay on the way, and calls `onArrived` with the extensions of the last one, unless
 * the link fails.
 */
export function goTo(
  { clock }: Pick<RelayWorld, 'clock'>,
  link: RelayLink,
  { control, data }: RelayWay,
  onArrived: (extensions: readonly Extension[]) => void,
): void {
  if (control.length + data.length === 0) return greet(link, onArrived);
  const limit = clock.setTimer(
    RELAY_WAY_MS_MAX,
    () => link.fail('ETIMEDOUT', 'the way to the relay takes too long'),
    { background: true },
  );
  followControl(link, control, [], (passed, extensions) =>
    followData(link, data, [], (ofData) => {
      const arrived = (): void => {
        limit.cancel();
        onArrived(extensions);
      };
      const all = [...passed, ...ofData];
      if (!extensions.includes('forward')) arrived();
      else link.ask('arrive', { passed: all }, arrived);
    }),
  );
}

/** `passed`: the UUIDs of the relays so far. */
function followControl(
  link: RelayLink,
  [next, ...rest]: readonly RelayAddress[],
  passed: readonly string[],
  onLast: (passed: readonly string[], extensions: readonly Extension[]) => void,
): void {
  greet(link, (extensions) => {
    if (next === undefined) onLast(passed, extensions);
    else if (!extensions.includes('forward')) link.fail('EIO', 'the relay cannot forward');
    else {
      link.forward('control', { passed, next }, (relay) =>
        followControl(link, rest, [...passed, relay], onLast),
      );
    }
  });
}

function followData(
  link: RelayLink,
  [next, ...rest]: readonly RelayAddress[],
  passed: readonly string[],
  onLast: (passed: readonly string[]) => void,
): void {
  if (next === undefined) return onLast(passed);
  link.forward('data', { passed, next }, (relay) =>
    followData(link, rest, [...passed, relay], onLast),
  );
}

function greet(link: RelayLink, onGreeted: (extensions: readonly Extension[]) => void): void {
  link.ask('version', { major: RELAY_MAJOR, minor: OUR_MINOR }, ({ major, minor }) => {
    if (major !== RELAY_MAJOR || minor < RELAY_MINOR_MIN) {
      link.fail('EIO', `the relay speaks version ${major}.${minor}`);
      return;
    }
    link.minor = Math.min(minor, OUR_MINOR);
    if (!hasCommand('get-configuration', link.minor)) return onGreeted([]);
    link.ask('get-configuration', {}, ({ extensions }) => onGreeted(extensions));
  });
}
