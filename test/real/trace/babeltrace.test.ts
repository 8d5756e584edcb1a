/**
 * Goal: babeltrace2 and our reader show the recorded events, event for event, without a warning. Method: arbitrary
 * schemas, values, pauses and flushes through our own tracer, ring and CTF writer into real directories. Skipped
 * without babeltrace2.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { visible } from '../../../src/base/visible.ts';
import {
  type EventMessage,
  nanosecondsOf,
  type TraceMessage,
} from '../../../src/ctf/read/message.ts';
import { type PlainStruct, plainStruct } from '../../../src/ctf/read/plain.ts';
import { LOG_LEVELS } from '../../../src/event/model.ts';
import { createFiles } from '../../../src/os/files.ts';
import { u32 } from '../../../src/tracer/types.ts';
import { renderLine } from '../../../src/view/render.ts';
import { createTextRenderer } from '../../../src/view/render-text.ts';
import { summarizeTrace } from '../../../src/view/summary.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';
import { must } from '../../support/ring/memory.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import {
  formatG,
  hasBabeltrace,
  runBabeltrace,
  withoutStaleText,
} from '../../support/trace/babeltrace.ts';
import { foreignTrace, writeForeignTrace } from '../../support/trace/foreign-trace.ts';
import { type GeneratedClass, generatedClass } from '../../support/trace/generated-trace.ts';
import { CLOCK_OFFSET_NS, TraceWriter } from '../../support/trace/write-trace.ts';

const files = createFiles();
const STREAMS = 3;
/** Within, at and past the range of a compact header; the last one is 12 days. */
const PAUSES_NS = [0n, 1n, 100n, 2n ** 27n - 1n, 2n ** 27n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 50n];

interface Step {
  readonly stream: number;
  readonly class: number;
  readonly seed: number;
  readonly pauseNs: bigint;
  readonly flushes: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  stream: fc.nat(STREAMS - 1),
  class: fc.nat(),
  seed: fc.nat(),
  pauseNs: fc.oneof(
    { arbitrary: fc.constantFrom(...PAUSES_NS), weight: 1 },
    { arbitrary: fc.bigInt({ min: 0n, max: 10_000n }), weight: 3 },
  ),
  flushes: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0),
});

interface Recorded {
  readonly threadId: number;
  readonly epochNs: bigint;
  readonly name: string;
  readonly logLevel: number;
  readonly fields: PlainStruct;
}

/** Writes a trace; returns the recorded events by time. */
function writeTrace(
  directory: string,
  classes: readonly GeneratedClass[],
  steps: readonly Step[],
  fillers: number,
): Recorded[] {
  const trace = new TraceWriter(files, directory);
  const streams = Array.from({ length: STREAMS }, (_, index) => trace.stream(1000 + index));
  const points = streams.map(({ tracer }) => {
    for (let index = 0; index < fillers; index++) tracer.tracepoint(`filler:${index}`, { n: u32 });
    return classes.map(({ name, schema, logLevel }) =>
      tracer.tracepoint(name, schema, { logLevel }),
    );
  });
  const recorded: Recorded[] = [];
  let lastStream = -1;
  for (const { stream, class: choice, seed, pauseNs, flushes } of steps) {
    const index = choice % classes.length;
    const { name, payload, logLevel } = classes[index] as GeneratedClass;
    const [sample] = fc.sample(payload, { seed, numRuns: 1 });
    // Two streams never record at the same instant, because a reader may then choose any order.
    trace.clock.ns += pauseNs + (stream === lastStream ? 0n : 1n);
    lastStream = stream;
    points[stream]?.[index]?.(sample?.given as never);
    recorded.push({
      threadId: 1000 + stream,
      epochNs: trace.clock.ns + CLOCK_OFFSET_NS,
      name,
      logLevel: LOG_LEVELS[logLevel],
      fields: sample?.found ?? {},
    });
    streams[stream]?.drain(flushes);
  }
  trace.close();
  return recorded;
}

function read(directory: string): TraceMessage[] {
  const { set, problems } = must(openTraceSet(files, [directory], { isFollowing: false }));
  expect(problems).toEqual([]);
  const messages: TraceMessage[] = [];
  for (let message = set.next(); message !== undefined; message = set.next())
    messages.push(message);
  set.close();
  return messages;
}

function isEvent(message: TraceMessage): message is EventMessage {
  return message.kind === 'event';
}

function found(event: EventMessage): Recorded {
  const { shape } = event;
  return {
    threadId: Number(plainStruct(shape.packetContextType, event.packetContext)['vtid']),
    epochNs: nanosecondsOf(event.time),
    name: shape.name,
    logLevel: shape.logLevel ?? -1,
    fields: plainStruct(shape.fieldsType, event.fields),
  };
}

/** Structs as lists of members: their order counts, and names like `__proto__` are safe. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([name, member]) => [name, comparable(member)]);
}

describe('babeltrace2 and our reader', () => {
  beforeEach(({ skip }) => skip(!hasBabeltrace(), 'babeltrace2 is not there'));
  test('agree on arbitrary traces, and with what was recorded', () => {
    const directory = temporaryDirectory();
    let run = 0;
    let events = 0;
    fc.assert(
      fc.property(
        fc.array(generatedClass, { minLength: 1, maxLength: 6 }),
        fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }),
        fc.constantFrom(0, 0, 29, 40),
        (classes, steps, fillers) => {
          const out = `${directory}/${run++}`;
          const recorded = writeTrace(`${out}/ust/pid/app-42-x`, classes, steps, fillers);
          const messages = read(out);
          events += recorded.length;
          expect(comparable(messages.filter(isEvent).map(found))).toEqual(comparable(recorded));
          expect(messages).toHaveLength(recorded.length);
          const renderer = createTextRenderer({ formatReal: formatG });
          const { lines, stderr } = runBabeltrace(out);
          expect(stderr).toBe('');
          const ours = messages.map((message) => renderLine(renderer, message));
          const corrected = lines.map((line, index) => withoutStaleText(line, ours[index] ?? ''));
          // babeltrace2 escapes the control characters of ASCII only.
          expect(corrected.map(visible)).toEqual(ours);
          rmSync(out, { recursive: true });
        },
      ),
      { numRuns: Number(process.env['CTF_RUNS'] ?? 250) },
    );
    expect(events).toBeGreaterThan(1000);
  });

  test('agree on arbitrary foreign traces', () => {
    const directory = temporaryDirectory();
    let run = 0;
    let events = 0;
    fc.assert(
      fc.property(foreignTrace, (trace) => {
        const out = `${directory}/${run++}`;
        const { metadata, stream } = writeForeignTrace(trace);
        mkdirSync(out);
        writeFileSync(`${out}/metadata`, metadata);
        writeFileSync(`${out}/stream`, stream);
        const renderer = createTextRenderer({ formatReal: formatG });
        const { lines, stderr } = runBabeltrace(out);
        expect(stderr).toBe('');
        expect(read(out).map((message) => renderLine(renderer, message))).toEqual(lines);
        events += lines.length;
        rmSync(out, { recursive: true });
      }),
      { numRuns: Number(process.env['CTF_RUNS'] ?? 200) },
    );
    expect(events).toBeGreaterThan(1000);
  });

  test('count the same losses, and all of them', () => {
    const directory = temporaryDirectory();
    const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: false };
    const trace = new TraceWriter(files, `${directory}/ust/pid/app-42-x`, { shape });
    const stream = trace.stream();
    const hit = stream.tracer.tracepoint('my:hit', { n: u32 });
    let emitted = 0;
    const burst = (events: number): void => {
      for (let index = 0; index < events; index++) {
        trace.clock.ns += 10n;
        hit({ n: emitted++ });
      }
    };
    for (const events of [3000, 10, 2000, 1025]) {
      burst(events);
      stream.drain(false);
    }
    burst(5000);
    trace.close();
    const messages = read(directory);
    const { lines, stderr } = runBabeltrace(directory);
    const warned = [...stderr.matchAll(/Tracer discarded (\d+) events? between/g)];
    const lost = warned.reduce((sum, [, count]) => sum + BigInt(count ?? 0), 0n);
    expect(lines.length + Number(lost)).toBe(emitted);
    expect(Number(lost)).toBeGreaterThan(1000);
    const summary = must(summarizeTrace({ files }, directory));
    expect(summary).toMatchObject({ events: lines.length, discardedEvents: lost });
    const losses = messages.filter(({ kind }) => kind === 'discarded-events');
    expect(losses).toHaveLength(warned.length);
  });

  test('show overwritten packets as lost', () => {
    const directory = temporaryDirectory();
    const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: true };
    const trace = new TraceWriter(files, directory, { shape });
    const stream = trace.stream();
    const hit = stream.tracer.tracepoint('my:hit', { n: u32 });
    for (let n = 0; n < 20_000; n++) hit({ n });
    trace.close();
    const { lines, stderr } = runBabeltrace(directory);
    const [, packets] = /Tracer discarded (\d+) packets? between/.exec(stderr) ?? [];
    const summary = must(summarizeTrace({ files }, directory));
    expect(summary).toMatchObject({ events: lines.length, discardedPackets: BigInt(packets ?? 0) });
    expect(summary.discardedPackets).toBeGreaterThan(10n);
  });

  test('show host, process, thread and log level', () => {
    const directory = temporaryDirectory();
    const trace = new TraceWriter(files, `${directory}/ust/pid/shop-77-x`, {
      hostname: 'web"1',
      processName: 'shop ü',
      pid: 77,
    });
    const stream = trace.stream(78);
    const placed = stream.tracer.tracepoint('shop:placed', { id: u32 }, { logLevel: 'warning' });
    placed({ id: 7 });
    trace.close();
    const { lines, stderr } = runBabeltrace(directory, ['--fields=all']);
    expect(stderr).toBe('');
    expect(lines).toHaveLength(1);
    const shown = 'web"1:ust:shop ü:(77):TRACE_WARNING (4) shop:placed: { vtid = 78 }, { id = 7 }';
    expect(lines[0]?.endsWith(shown)).toBe(true);
  });
});
