/** Writes to a descriptor. */
import { writeSync, writevSync } from 'node:fs';

/** Writes the parts in order with one call; returns how many of their bytes it took. */
export function writeParts(fd: number, parts: readonly Uint8Array[]): number {
  const [first] = parts;
  if (first === undefined) return 0;
  return parts.length === 1 ? writeSync(fd, first) : writevSync(fd, [...parts]);
}
