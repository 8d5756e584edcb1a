/** The `stats` of one CPU of a tracefs instance. */
import * as fs from 'node:fs';
import type { KernelCounts } from '../port/kernel-tracer.ts';
import { Refusal } from './tracefs-files.ts';

/** Most bytes that are read; Linux 6.18 has less than 300. */
const STATS_BYTES_MAX = 4096;
const COUNT = /^([a-z ]+): (\d{1,15})$/gm;

/** Of a descriptor of the file: each call counts anew. EIO: a count is missing. */
export function readCounts(fd: number): KernelCounts {
  const text = Buffer.alloc(STATS_BYTES_MAX);
  const length = fs.readSync(fd, text, 0, STATS_BYTES_MAX, 0);
  const counts = new Map<string, number>();
  for (const [, name = '', count] of text.toString('latin1', 0, length).matchAll(COUNT))
    counts.set(name, Number(count));
  const countOf = (name: string): number => {
    const count = counts.get(name);
    if (count === undefined) throw new Refusal('EIO', `the count of "${name}" is missing`);
    return count;
  };
  return {
    entries: countOf('entries'),
    overrun: countOf('overrun'),
    dropped: countOf('dropped events') + countOf('commit overrun'),
    read: countOf('read events'),
  };
}
