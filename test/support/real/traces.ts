/** The content of a trace, as babeltrace2 and our own reader decode it. */
import { spawnSync } from 'node:child_process';
import type { EventMessage } from '../../../src/ctf/read/message.ts';
import { type PlainStruct, plainStruct } from '../../../src/ctf/read/plain.ts';
import { createRealWorld } from '../../../src/os/world.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';

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

export interface ReadEvent {
  readonly name: string;
  readonly fields: PlainStruct;
}

export interface ReadTrace {
  readonly events: readonly ReadEvent[];
  readonly discarded: number;
  readonly problems: readonly string[];
}

/** Reads the trace with our own reader. */
export function readTrace(path: string): ReadTrace {
  const { files } = createRealWorld({ log: () => undefined });
  const opened = openTraceSet(files, [path], { isFollowing: false });
  if (!opened.ok) throw new Error(opened.error.message);
  const { set } = opened.value;
  const events: ReadEvent[] = [];
  const problems: string[] = [...opened.value.problems];
  let discarded = 0;
  for (let message = set.next(); message !== undefined; message = set.next()) {
    if (message.kind === 'event') events.push(readEvent(message));
    else if (message.kind === 'discarded-events') discarded += Number(message.count);
    else if (message.kind === 'problem') problems.push(message.text);
  }
  set.close();
  return { events, discarded, problems };
}

function readEvent(event: EventMessage): ReadEvent {
  return { name: event.shape.name, fields: plainStruct(event.shape.fieldsType, event.fields) };
}

/** The `n` of every `test:tick`, in the order of the trace. */
export function ticksOf({ events }: ReadTrace): number[] {
  return events.filter(({ name }) => name === 'test:tick').map(({ fields }) => Number(fields['n']));
}
