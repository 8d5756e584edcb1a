/**
 * Whether this machine lets the real conformance stage act as several users. The scripts that need it are skipped
 * elsewhere with this reason: an unprivileged user has one identity, and some containers remove capabilities or ids
 * from root.
 */
import { readFileSync } from 'node:fs';

/** The capabilities(7) bits that scripts mean by "root may do everything". */
const CAPABILITIES: Readonly<Record<string, bigint>> = {
  CAP_CHOWN: 0n,
  CAP_DAC_OVERRIDE: 1n,
  CAP_FOWNER: 3n,
  CAP_KILL: 5n,
  CAP_SETGID: 6n,
  CAP_SETUID: 7n,
};

/** The reason why no processes with these ids can run; undefined when they can. */
export function whyOneUserOnly(ids: readonly number[]): string | undefined {
  const uid = process.getuid?.();
  if (uid !== 0) return `needs root to act as several users, and this is uid ${uid}`;
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'));
  const held = BigInt(`0x${effective?.[1] ?? '0'}`);
  const missing = Object.entries(CAPABILITIES).filter(([, bit]) => ((held >> bit) & 1n) === 0n);
  if (missing.length > 0) return `root lacks ${missing.map(([name]) => name).join(', ')} here`;
  const unmapped = ids.filter((id) => !isMapped('uid_map', id) || !isMapped('gid_map', id));
  return unmapped.length === 0 ? undefined : `ids ${unmapped.join(', ')} are not mapped here`;
}

/** Whether `id` exists in our user namespace; lines are: first id inside, first outside, count. */
function isMapped(map: 'uid_map' | 'gid_map', id: number): boolean {
  return readFileSync(`/proc/self/${map}`, 'latin1')
    .trim()
    .split('\n')
    .some((line) => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return id >= first && id < first + count;
    });
}
