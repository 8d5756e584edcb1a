/**
 * Our tracepoint: `overwrite` or `discard` with a consumer. Everything on its path is what an application has: System V
 * memory, the machine's monotonic clock, generated recorders. Last words: events asked for, recorded, discarded.
 */
import { utf8Write } from '../../src/os/recording.ts';
import { Tracer } from '../../src/tracer/tracer.ts';
import { enumeration, i32, string } from '../../src/tracer/types.ts';
import { serve } from '../lib/contestant.ts';
import { must } from '../lib/must.ts';
import { TEXTS } from '../lib/payload.ts';
import { openStream } from '../lib/segments.ts';

const MIB = 2 ** 20;
const overwrite = process.argv[2] === 'overwrite';
const bench = openStream(
  overwrite
    ? { subbufferBytes: MIB, subbufferCount: 4, overwrite }
    : { subbufferBytes: 8 * MIB, subbufferCount: 8, overwrite },
);

const tracer = new Tracer({ utf8Write });
const one = tracer.tracepoint('bench:one', { value: i32 });
const four = tracer.tracepoint('bench:four', { a: i32, b: i32, c: i32, d: i32, text: string });
const off = tracer.tracepoint('bench:off', { value: i32 });
const paused = tracer.tracepoint('bench:paused', { a: i32, b: i32, c: i32, d: i32, text: string });
const labelled = tracer.tracepoint('bench:labelled', {
  value: i32,
  label: enumeration(Object.fromEntries(TEXTS.map((text, index) => [text, index]))),
});
must(
  tracer.attachStream({
    key: 'bench',
    writer: bench.writer,
    matches: (name) => name !== 'bench:off',
  }),
);

let asked = 0;

function pausedLoop(events: number): void {
  for (let i = 0; i < events; i++) {
    paused({ a: i, b: i + 1, c: i + 2, d: i + 3, text: TEXTS[i & 7] ?? '' });
  }
}

// It has been recording for a while and compiled for that; now it is switched off.
const WARM_EVENTS = 1_000_000;
asked += WARM_EVENTS;
pausedLoop(WARM_EVENTS);
tracer.updateStream('bench', (name) => name !== 'bench:off' && name !== 'bench:paused');

await serve(
  {
    one: (events) => {
      asked += events;
      for (let i = 0; i < events; i++) one({ value: i });
    },
    four: (events) => {
      asked += events;
      for (let i = 0; i < events; i++) {
        four({ a: i, b: i + 1, c: i + 2, d: i + 3, text: TEXTS[i & 7] ?? '' });
      }
    },
    labelled: (events) => {
      asked += events;
      for (let i = 0; i < events; i++) labelled({ value: i, label: TEXTS[i & 7] ?? '' });
    },
    off: (events) => {
      for (let i = 0; i < events; i++) off({ value: i });
    },
    paused: pausedLoop,
  },
  { greeting: JSON.stringify(bench.stream) },
);
const counts = { asked, recorded: bench.recorded(), discarded: bench.writer.discarded };
process.stdout.write(`${JSON.stringify(counts)}\n`);
bench.close();
