/**
 * Goal: `viewTrace` and `summarizeTrace` do what their comments state. Method: our own tracer, ring and CTF writer
 * write traces into real directories; the view shows them through the real World.
 */
import { truncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Result } from '../../../../src/base/result.ts';
import { decodeUtf8 } from '../../../../src/base/utf8.ts';
import { createRealWorld } from '../../../../src/os/world.ts';
import { f64, i64, string, u32 } from '../../../../src/tracer/types.ts';
import type { ViewSummary } from '../../../../src/view/printer.ts';
import { summarizeSession, summarizeTrace } from '../../../../src/view/summary.ts';
import type { OpenError } from '../../../../src/view/trace-set.ts';
import { type View, type ViewOptions, viewTrace } from '../../../../src/view/view.ts';
import { must } from '../../../support/ring/memory.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { TraceWriter } from '../../../support/trace/write-trace.ts';

const world = createRealWorld({ log: () => {} });

interface Shown {
  readonly text: string;
  readonly result: Result<ViewSummary, OpenError>;
}

function show(paths: string[], options: Partial<ViewOptions> = {}): Promise<Shown> {
  return new Promise((resolve) => {
    let text = '';
    viewTrace(
      world,
      { paths, format: 'text', color: false, follow: false, ...options },
      (piece) => {
        text += decodeUtf8(piece);
        return true;
      },
      (result) => resolve({ text, result }),
    );
  });
}

/** Two processes, three streams, three events each. */
function writeSmallTrace(out: string): void {
  for (const pid of [42, 43]) {
    const options = { pid, processName: `app${pid}` };
    const trace = new TraceWriter(world.files, `${out}/ust/pid/app${pid}-${pid}-x`, options);
    trace.clock.ns += BigInt(pid);
    const streams = pid === 42 ? [trace.stream(42), trace.stream(1042)] : [trace.stream(43)];
    for (const [index, stream] of streams.entries()) {
      const hit = stream.tracer.tracepoint(
        'my:hit',
        { n: u32, label: string, big: i64, ratio: f64 },
        { logLevel: 'info' },
      );
      for (let n = 0; n < 3; n++) {
        trace.clock.ns += 1000n;
        hit({ n, label: `say "${index}"`, big: -(2n ** 63n) + BigInt(n), ratio: Number.NaN });
      }
    }
    trace.close();
  }
}

describe('viewTrace', () => {
  test('shows all traces under a directory as text, by time', async () => {
    const out = temporaryDirectory();
    writeSmallTrace(out);
    const { text, result } = await show([out]);
    expect(must(result)).toEqual({
      events: 9,
      discardedEvents: 0n,
      discardedPackets: 0n,
      problems: 0,
    });
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(9);
    const fields = String.raw`n = 0, label = "say \"0\"", big = -9223372036854775808, ratio = nan`;
    expect(lines[0]).toBe(
      `[03:04:05.000001042] (+?.?????????) tester:app42:(42) my:hit: { vtid = 42 }, { ${fields} }`,
    );
    expect(lines[1]).toMatch(
      /^\[03:04:05\.000001043\] \(\+0\.000000001\) tester:app43:\(43\) my:hit/,
    );
    const times = lines.map((line) => line.slice(0, 20));
    expect(times).toEqual(times.toSorted());
  });

  test('dates and colours are options', async () => {
    const out = temporaryDirectory();
    writeSmallTrace(out);
    const { text } = await show([out], { dates: true, color: true });
    expect(text).toMatch(/^\[2026-01-02 03:04:05\.000001042\]/);
    expect(text).toContain('\u001b[35mmy:hit\u001b[0m: ');
  });

  test('shows JSON lines of the documented shape', async () => {
    const out = temporaryDirectory();
    writeSmallTrace(out);
    const { text } = await show([out], { format: 'json' });
    const [first] = text.split('\n');
    expect(JSON.parse(first ?? '')).toEqual({
      kind: 'event',
      timestamp: '1767323045000001042',
      host: 'tester',
      process: 'app42',
      pid: 42,
      name: 'my:hit',
      logLevel: 'info',
      context: { vtid: 42 },
      fields: { n: 0, label: 'say "0"', big: '-9223372036854775808', ratio: 'NaN' },
    });
  });

  test('a filter decides what is shown', async () => {
    const out = temporaryDirectory();
    writeSmallTrace(out);
    const { result } = await show([out], {
      filter: ({ shape, fields }) => shape.name === 'my:hit' && fields[0] === 1,
    });
    expect(must(result).events).toBe(3);
  });

  test('writes nothing between false and resume', async () => {
    const out = temporaryDirectory();
    const trace = new TraceWriter(world.files, out);
    const stream = trace.stream();
    const hit = stream.tracer.tracepoint('my:hit', { n: u32 });
    for (let n = 0; n < 5000; n++) {
      trace.clock.ns += 1000n;
      hit({ n });
      stream.drain(false);
    }
    trace.close();
    let isOpen = true;
    let lines = 0;
    let pieces = 0;
    const result = await new Promise<Result<ViewSummary, OpenError>>((resolve) => {
      const view: View = viewTrace(
        world,
        { paths: [out], format: 'text', color: false, follow: false },
        (piece) => {
          expect(isOpen).toBe(true);
          expect(piece.length).toBeLessThan(70_000);
          lines += decodeUtf8(piece).split('\n').length - 1;
          pieces++;
          isOpen = false;
          setTimeout(() => {
            isOpen = true;
            view.resume();
          }, 5);
          return false;
        },
        resolve,
      );
    });
    expect(must(result).events).toBe(5000);
    expect(lines).toBe(5000);
    expect(pieces).toBeGreaterThan(4);
  });

  test('names the error when it can show nothing', async () => {
    const out = temporaryDirectory();
    const codeOf = async (path: string): Promise<string> => {
      const { result } = await show([path]);
      return result.ok ? 'ok' : result.error.code;
    };
    expect(await codeOf(`${out}/none`)).toBe('path-not-found');
    expect(await codeOf(out)).toBe('no-trace');
    const metadata = must(world.files.open(`${out}/metadata`, 'create'));
    must(metadata.append([new TextEncoder().encode('/* CTF 1.8 */ trace { nonsense ')]));
    must(metadata.append([new TextEncoder().encode('};')]));
    metadata.close();
    expect(await codeOf(`${out}/metadata`)).toBe('no-trace');
    expect(await codeOf(out)).toBe('trace-not-readable');
  });

  test('shows the events of an incomplete last packet', async () => {
    const out = temporaryDirectory();
    const trace = new TraceWriter(world.files, out);
    const stream = trace.stream();
    const hit = stream.tracer.tracepoint('my:hit', { n: u32 });
    for (let n = 0; n < 10; n++) hit({ n });
    trace.close();
    truncateSync(`${out}/channel0_0`, 84 + 84 + 5 * 8 + 3);
    const { text, result } = await show([out]);
    expect(must(result)).toMatchObject({ events: 5, problems: 0 });
    expect(text).toMatch(
      /note: .*channel0_0: the last packet, at byte 84, is cut off after 127 bytes\n$/,
    );
  });
});

describe('summarizeTrace', () => {
  test('counts events, streams and processes', () => {
    const out = temporaryDirectory();
    writeSmallTrace(out);
    expect(must(summarizeTrace(world, out))).toEqual({
      events: 9,
      discardedEvents: 0n,
      discardedPackets: 0n,
      eventsByName: [{ name: 'my:hit', events: 9 }],
      streams: 3,
      processes: 2,
      otherTraces: 0,
      firstNs: 1_767_323_045_000_001_042n,
      lastNs: 1_767_323_045_000_006_042n,
      problems: [],
    });
  });
});

describe('summarizeSession', () => {
  /** One event of the session, in a trace under `directory`. */
  function writeOne(directory: string, sessionUuid: string | undefined): void {
    const options = sessionUuid === undefined ? {} : { sessionUuid };
    const trace = new TraceWriter(world.files, directory, options);
    trace.stream().tracer.tracepoint('my:hit', { n: u32 })({ n: 1 });
    trace.close();
  }

  test('counts only what the session has written where it writes', () => {
    const out = temporaryDirectory();
    writeOne(`${out}/ust/pid/own`, 'u-1');
    writeOne(`${out}/ust/pid/own-2`, 'u-1');
    writeOne(`${out}/ust/pid/earlier`, 'u-0');
    writeOne(`${out}/ust/pid/nameless`, undefined);
    writeOne(`${out}/other/ust`, 'u-1');
    must(world.files.makeDirectory(`${out}/own`, 0o700));
    must(must(world.files.open(`${out}/own/metadata`, 'create')).append([new Uint8Array(9)]));
    expect(must(summarizeSession(world, out, ['u-1']))).toMatchObject({
      events: 2,
      otherTraces: 2,
      problems: [],
    });
    expect(must(summarizeSession(world, out, ['u-2']))).toMatchObject({
      events: 0,
      otherTraces: 4,
      problems: [],
    });
    expect(must(summarizeSession(world, out, ['u-0', 'u-1']))).toMatchObject({
      events: 3,
      otherTraces: 1,
    });
  });

  test('a session without a trace is an error', () => {
    const out = temporaryDirectory();
    const codeOf = (result: ReturnType<typeof summarizeSession>): string =>
      result.ok ? 'ok' : result.error.code;
    expect(codeOf(summarizeSession(world, out, ['u-1']))).toBe('path-not-found');
    must(world.files.makeDirectory(`${out}/ust`, 0o700));
    expect(codeOf(summarizeSession(world, out, ['u-1']))).toBe('no-trace');
  });
});
