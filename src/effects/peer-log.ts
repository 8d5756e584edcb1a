/**
 * A log that one hostile peer cannot fill. A line with a `uid` is about a peer of that user, one with a `peer` about a
 * peer at that network address. For each event and user or address the log writes at most {@link PEER_LINES_MAX} lines
 * in {@link PEER_LINES_MS}; it counts the others and writes the count at the end.
 */

import type { Log, LogEvent, LogFields } from '../port/log.ts';
import type { World } from '../port/world.ts';

/** The most lines of one event about one user's peers in {@link PEER_LINES_MS}. */
export const PEER_LINES_MAX = 10;
export const PEER_LINES_MS = 10_000;

export function limitPeerLines({ clock, log }: Pick<World, 'clock' | 'log'>): Log {
  const written = new Map<string, number>();

  function settle(key: string, about: LogFields, suppressed: LogEvent): void {
    const left = (written.get(key) ?? 0) - PEER_LINES_MAX;
    written.delete(key);
    if (left > 0) log('peer.linesSuppressed', { ...about, lines: left, suppressed });
  }

  return (event, fields = {}) => {
    const { uid, peer } = fields;
    const about =
      typeof uid === 'number' ? { uid } : typeof peer === 'string' ? { peer } : undefined;
    if (about === undefined) {
      log(event, fields);
      return;
    }
    const key = `${uid ?? peer} ${event}`;
    const count = (written.get(key) ?? 0) + 1;
    written.set(key, count);
    if (count === 1) {
      clock.setTimer(PEER_LINES_MS, () => settle(key, about, event), { background: true });
    }
    if (count <= PEER_LINES_MAX) log(event, fields);
  };
}
