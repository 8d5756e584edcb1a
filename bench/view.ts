/**
 * The speed of `lttng view`, of decoding alone, and of babeltrace2, on the same trace, one round of each in turn. Uses
 * CPU seconds, because wall-clock time on a shared machine varies.
 *
 * Use: `npm run bench:view [events] [rounds]`, or with the directory of a trace instead of a number of events.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRealWorld } from '../src/os/world.ts';
import { FileSink } from '../src/recorder/file-sink.ts';
import { openStreamRecorder } from '../src/recorder/open-recorder.ts';
import { formatSegment } from '../src/ring/format.ts';
import { POSITION_SEGMENT_BYTES, segmentBytes } from '../src/ring/layout.ts';
import { attachWriter } from '../src/ring/writer.ts';
import { Tracer } from '../src/tracer/tracer.ts';
import { f64, string, u32, u64 } from '../src/tracer/types.ts';
import { summarizeTrace } from '../src/view/summary.ts';
import { machine, median, say, spread, table } from './lib/figures.ts';
import { must } from './lib/must.ts';

const [what = '2000000', rounds = '7'] = process.argv.slice(2);
const LTTNG = join(import.meta.dirname, '../bin/lttng.js');
const SUMMARY = join(import.meta.dirname, 'view-summary.js');
const STREAMS = 4;
const SHAPE = { subbufferBytes: 512 * 1024, subbufferCount: 4, overwrite: false };
/** Between two events, on the trace's clock. */
const STEP_NS = 1000n;

const world = createRealWorld({ log: () => {} });

/** Records `events` events, small and large ones in turn, into several streams of one process. */
function writeTrace(output: string, events: number): void {
  const site = {
    output,
    session: { name: 'bench', uuid: world.random.uuid('bench') },
    clockOffsetNs: world.clock.realtimeNs() - world.clock.monotonicNs(),
    clockUuid: world.random.uuid('bench'),
    tracerMajor: 0,
    tracerMinor: 1,
  };
  const sink = new FileSink(world, site);
  let now = world.clock.monotonicNs();
  const streams = Array.from({ length: STREAMS }, (_, streamId) => {
    const { uid, gid } = world.identity;
    const create = (bytes: number) => must(world.memory.create(bytes, { uid, gid, mode: 0o600 }));
    const dataSegment = create(segmentBytes(SHAPE));
    const positionSegment = create(POSITION_SEGMENT_BYTES);
    const data = must(world.memory.attachWritable(dataSegment));
    formatSegment(data, SHAPE, streamId);
    const writer = must(
      attachWriter({
        data,
        position: must(world.memory.attachReadable(positionSegment)),
        now: (target, index) => {
          now += STEP_NS;
          target[index] = now;
        },
      }),
    );
    const recorder = openStreamRecorder(world, sink, {
      streamId,
      channel: 'channel0',
      dataSegment,
      positionSegment,
      shape: SHAPE,
      pid: process.pid,
      tid: process.pid + streamId,
      startedAt: 1,
      processName: 'bench',
      wakePath: '',
      switchTimerUs: 0,
      readTimerUs: 0,
    });
    must(recorder.drain(false));
    // Both ends have attached the memory: the kernel frees it when this process ends.
    for (const segment of [dataSegment, positionSegment]) must(world.memory.remove(segment));
    const tracer = new Tracer();
    must(tracer.attachStream({ key: 'only', writer, matches: () => true }));
    const small = tracer.tracepoint('bench:small', { x: u32 });
    const large = tracer.tracepoint('bench:large', { x: u32, y: u64, s: string, f: f64 });
    return { recorder, small, large };
  });
  for (let n = 0; n < events; n++) {
    const stream = streams[n % STREAMS];
    if (n % (2 * STREAMS) < STREAMS) stream?.small({ x: n });
    else stream?.large({ x: n, y: n * 4096, s: 'order accepted 7', f: n / 3 });
    if (n % 10_000 === 0) for (const { recorder } of streams) recorder.drain(false);
  }
  for (const { recorder } of streams) {
    recorder.drain(true);
    recorder.close();
  }
}

function bytesUnder(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + bytesUnder(join(path, name)), 0);
}

/** CPU seconds of a command and its children; discards the output. */
function cpuSecondsOf(command: readonly string[]): number {
  const script = '"$@" >/dev/null; times';
  const output = execFileSync('sh', ['-c', script, 'sh', ...command], { encoding: 'utf8' });
  const [, children = ''] = output.trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

const isPath = Number.isNaN(Number(what));
const directory = isPath ? what : mkdtempSync(join(tmpdir(), 'lttng-ts-bench-'));
try {
  if (!isPath) writeTrace(directory, Number(what));
  const { events } = must(summarizeTrace(world, directory));
  const megabytes = bytesUnder(directory) / 1e6;
  const contestants: readonly (readonly [string, readonly string[]])[] = [
    ['babeltrace2, text', ['babeltrace2', directory]],
    ['lttng view, text', [process.execPath, LTTNG, 'view', directory]],
    ['lttng view, JSON', [process.execPath, LTTNG, '--output-format', 'json', 'view', directory]],
    ['babeltrace2, decoding alone', ['babeltrace2', directory, '-o', 'dummy']],
    ['summarizeTrace, decoding alone', [process.execPath, SUMMARY, directory]],
  ];
  const figures = contestants.map((): number[] => []);
  for (let round = 0; round < Number(rounds); round++) {
    for (const [index, [, command]] of contestants.entries()) {
      figures[index]?.push(cpuSecondsOf(command));
    }
  }
  say(
    `${events} events, ${megabytes.toFixed(0)} MB; CPU seconds of ${rounds} rounds; ${machine()}`,
  );
  const rows = contestants.map(([name], index) => {
    const seconds = figures[index] ?? [];
    const middle = median(seconds);
    const rival = median(figures[index < 3 ? 0 : 3] ?? []);
    return [
      name,
      spread(seconds, 2),
      (events / middle / 1000).toFixed(0),
      (megabytes / middle).toFixed(1),
      (rival / middle).toFixed(2),
    ];
  });
  say(table([['', 'CPU s', '1000 events/s', 'MB/s', 'times babeltrace2'], ...rows]));
} finally {
  if (!isPath) rmSync(directory, { recursive: true });
}
