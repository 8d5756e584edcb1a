/** The content of a trace, as babeltrace2 and our own reader decode it. */
import { spawnSync } from 'node:child_process';
import { createRealWorld } from '../../../src/os/world.ts';
import { type ReadTrace, readTraceOf } from '../trace/read-trace.ts';

export interface Babeltrace {
  readonly events: number;
  /** Sum of its `discarded N events` messages. */
  readonly discarded: number;
  readonly lines: readonly string[];
}

const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;

/**
 * Reads the trace with babeltrace2. Throws on any warning except discarded events and, where `isOverwriting`,
 * overwritten packets.
 */
export function babeltrace(path: string, isOverwriting = false): Babeltrace {
  const { status, stdout, stderr, error } = spawnSync('babeltrace2', [path], {
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' },
  });
  if (error !== undefined) throw error;
  const usual = isOverwriting
    ? /^WARNING: Tracer discarded \d+ (event|packet)s? between/
    : /^WARNING: Tracer discarded \d+ events? between/;
  const complaints = stderr.split('\n').filter((line) => line !== '' && !usual.test(line));
  if (status !== 0 || complaints.length > 0) {
    throw new Error(`babeltrace2 (status ${status}): ${complaints.join('\n')}`);
  }
  const discarded = [...stderr.matchAll(/discarded (\d+) events?/g)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { events: lines.length, discarded, lines };
}

/** Reads the trace with our own reader. */
export function readTrace(path: string): ReadTrace {
  return readTraceOf(createRealWorld({ log: () => undefined }).files, path);
}

/** The `n` of every `test:tick`, in the order of the trace. */
export function ticksOf({ events }: ReadTrace): number[] {
  return events.filter(({ name }) => name === 'test:tick').map(({ fields }) => Number(fields['n']));
}
