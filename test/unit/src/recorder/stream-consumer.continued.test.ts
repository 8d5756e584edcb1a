/**
 * A consumer's data path that dies anywhere, and the next one, which continues in the same files: no event twice, none
 * lost, no false count. Death is taken at every call to the operating system, at every load from shared memory and
 * inside every append; with one file for each stream, with several, and with a few that are overwritten.
 */
import { describe, expect, it } from 'vitest';
import { readTraces } from '../../../../sim/ledger/trace-content.ts';
import { isProcessEnded } from '../../../../sim/machine/process/process.ts';
import { type SimProcess, Simulation } from '../../../../sim/machine/simulation.ts';
import type { OsResult } from '../../../../src/port/os-error.ts';
import { FileSink } from '../../../../src/recorder/file-sink.ts';
import { StreamConsumer } from '../../../../src/recorder/stream-consumer.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import type { Tracefiles } from '../../../../src/wire/common.ts';
import type { ConsumerStream } from '../../../../src/wire/control/messages.ts';
import {
  consumed,
  createStreamMemory,
  traceInto,
} from '../../../support/simulated/stream-memory.ts';

const OUTPUT = '/home/alice/trace';
/** More calls, loads and appends than a consumer makes here. */
const DEATHS_MAX = 2000;
/** Longer chains of consumers that die young prove nothing more. */
const CONSUMERS_MAX = 40;

type Step =
  | { readonly emit: number; readonly on: number; readonly event: string }
  | { readonly flush: number }
  | { readonly end: number }
  | { readonly passMs: number };

/** Two streams of one process; classes that come late; more than there is room for. */
const SCRIPT: readonly Step[] = [
  { emit: 40, on: 3, event: 'a' },
  { flush: 1 },
  { emit: 300, on: 3, event: 'b' },
  { emit: 2, on: 4, event: 'a' },
  { passMs: 15 },
  { emit: 100, on: 3, event: 'a' },
  { flush: 2 },
  { emit: 1500, on: 3, event: 'a' },
  { emit: 30, on: 4, event: 'c' },
  { end: 3 },
  { emit: 5, on: 4, event: 'd' },
  { flush: 3 },
];

class Stage {
  readonly simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  readonly #hands = this.simulation.login('alice');
  readonly #streams: ConsumerStream[];
  readonly #emitters = new Map<number, (event: string) => void>();
  readonly #ended = new Set<number>();
  readonly released = new Set<number>();
  consumers = 0;
  /** Events that a consumer has not found any more. */
  gone = 0;
  readonly emitted = new Map<number, number>();
  #consumer: StreamConsumer | undefined;

  constructor(shape: RingShape, tracefiles: Tracefiles | undefined) {
    this.#streams = [3, 4].map((streamId) => ({
      ...this.#makeStream(streamId, shape),
      ...(tracefiles === undefined ? {} : { tracefiles }),
    }));
  }

  /** Runs the script; consumers die as `arm` has it, and each is followed by another. */
  run(arm: (process: SimProcess, nth: number) => void): void {
    for (const step of SCRIPT) {
      if ('emit' in step) this.#emit(step);
      else if ('passMs' in step) this.simulation.run({ forMs: step.passMs });
      else if ('flush' in step) this.#insist((consumer) => consumer.flush(step.flush), arm);
      else {
        this.#ended.add(step.end);
        this.#insist((consumer) => consumer.endStream(step.end), arm);
      }
    }
    this.#insist((consumer) => consumer.close(false), arm);
    this.simulation.run({ forMs: 100 });
  }

  #insist(
    act: (consumer: StreamConsumer) => void,
    arm: (process: SimProcess, nth: number) => void,
  ): void {
    for (;;) {
      try {
        this.#consumer ??= this.#startConsumer(arm);
        return act(this.#consumer);
      } catch (thrown) {
        if (!isProcessEnded(thrown)) throw thrown;
        this.#consumer = undefined;
      }
    }
  }

  /** A new consumer gets all streams that were not released, as a registry sends them. */
  #startConsumer(arm: (process: SimProcess, nth: number) => void): StreamConsumer {
    const process = this.simulation.login('alice');
    const { world } = process;
    arm(process, this.consumers++);
    const consumer = new StreamConsumer(world, {
      flushed: () => undefined,
      streamReleased: (streamId) => void this.released.add(streamId),
      closed: () => undefined,
      changed: ({ lost }) => {
        this.gone += lost?.events ?? 0;
      },
    });
    world.files.makeDirectory(OUTPUT, 0o700);
    consumer.open(
      FileSink.forSession(world, OUTPUT, { name: 'web', uuid: 'u-1' }, { major: 0, minor: 1 }),
    );
    for (const stream of this.#streams) {
      const { streamId } = stream;
      if (this.released.has(streamId)) continue;
      consumer.addStream(stream);
      if (this.#ended.has(streamId)) consumer.endStream(streamId);
    }
    return consumer;
  }

  #emit({ emit, on, event }: Extract<Step, { emit: number }>): void {
    for (let n = 0; n < emit; n++) this.#emitters.get(on)?.(event);
  }

  #makeStream(streamId: number, shape: RingShape): ConsumerStream {
    const { world } = this.#hands;
    const memory = createStreamMemory(world, streamId, shape, '/home/alice/wake');
    const tracer = traceInto(world, memory);
    const points = new Map<string, (payload: { counter: number }) => void>();
    let counter = 0;
    this.#emitters.set(streamId, (event) => {
      const known = points.get(event) ?? tracer.tracepoint(`test:${event}`, { counter: u32 });
      points.set(event, known);
      known({ counter: counter++ });
      this.emitted.set(streamId, counter);
    });
    return consumed(memory, { readTimerUs: 10_000 });
  }

  /** Of the files of a stream. */
  lengthsOf(streamId: number): number[] {
    const { files } = this.#hands.world;
    const [directory = ''] = names(files.list(`${OUTPUT}/ust/pid`));
    const path = `${OUTPUT}/ust/pid/${directory}`;
    return names(files.list(path)).flatMap((name) => {
      const info = files.info(`${path}/${name}`);
      return info.ok && /_(\d+)/.exec(name)?.[1] === `${streamId}` ? [info.value.byteLength] : [];
    });
  }

  /** What the traces say of each stream, against what was emitted; all differences are sentences. */
  differences(): string[] {
    const { streams, problems } = readTraces(this.#hands.world.files, OUTPUT);
    const wrong = [...problems];
    const directories = new Set(streams.map(({ file }) => file.replace(/\/[^/]*$/, '')));
    if (directories.size !== 1) wrong.push(`${directories.size} traces`);
    if (this.gone > 0) wrong.push(`${this.gone} events are gone`);
    for (const [streamId, emitted] of this.emitted) {
      const found = streams.filter(({ file }) => file.endsWith(`_${streamId}`));
      const counters = found.flatMap(({ events }) => events.map(({ counter }) => counter));
      const discarded = found.reduce((sum, stream) => sum + stream.discarded, 0);
      const lost = found.reduce((sum, stream) => sum + stream.lostPackets, 0);
      if (counters.some((counter, index) => index > 0 && counter <= (counters[index - 1] ?? 0))) {
        wrong.push(`stream ${streamId} repeats itself`);
      }
      // Of the packets that were overwritten, and of the discarded events before them, only the number is known.
      const { overwritten } = found[0] ?? {};
      const [first = emitted] = overwritten === undefined ? [0] : counters;
      const counted = first + counters.length + discarded;
      const isCounted = counted <= emitted && emitted <= counted + (overwritten?.discarded ?? 0);
      if (!isCounted || lost !== 0) {
        wrong.push(
          `stream ${streamId}: ${emitted} emitted, ${counters.length} read, ` +
            `${discarded} discarded, ${lost} packets lost`,
        );
      }
    }
    return wrong;
  }
}

const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
/** Room for the longest packet only. */
const BYTES = 4096 + 168;

function names(listed: OsResult<string[]>): string[] {
  return listed.ok ? listed.value : [];
}

/** Runs the script with the first consumer dying as `arm` has it at 1, 2, 3 and so on, until it does not die. */
function dieEverywhere(
  arm: (process: SimProcess, at: number) => void,
  tracefiles: Tracefiles | undefined,
): number {
  for (let at = 1; at < DEATHS_MAX; at++) {
    const stage = new Stage(SHAPE, tracefiles);
    stage.run((process, nth) => {
      if (nth === 0) arm(process, at);
    });
    expect({ at, wrong: stage.differences() }).toEqual({ at, wrong: [] });
    if (stage.consumers === 1) return at - 1;
  }
  return DEATHS_MAX;
}

describe.each([
  ['one file', undefined, 1],
  ['three files', { bytes: BYTES, count: 3 }, 3],
  ['two files of several packets', { bytes: 6000, count: 2 }, 2],
  ['a file that is overwritten', { bytes: BYTES, count: 1 }, 1],
] as const)('with %s', (_what, tracefiles, files) => {
  it('no file is longer, and there are no more of them', () => {
    const stage = new Stage(SHAPE, tracefiles);
    stage.run(() => undefined);
    const lengths = stage.lengthsOf(3);
    expect(lengths).toHaveLength(files);
    const { bytes = Number.POSITIVE_INFINITY } = tracefiles ?? {};
    expect(Math.max(...lengths)).toBeLessThanOrEqual(bytes);
  });

  describe('the next consumer continues exactly where the one before it ended', () => {
    it('that died at any call to the operating system', () => {
      const deaths = dieEverywhere((process, at) => {
        process.callsUntilKill = at;
      }, tracefiles);
      expect(deaths).toBeGreaterThan(40);
      expect(deaths).toBeLessThan(DEATHS_MAX);
    });

    it('that died at any load from shared memory', () => {
      const deaths = dieEverywhere((process, at) => {
        process.loadsUntilKill = at;
      }, tracefiles);
      expect(deaths).toBeGreaterThan(100);
      expect(deaths).toBeLessThan(DEATHS_MAX);
    });

    it.each([
      ['one', () => 1],
      ['half', (bytes: number) => Math.ceil(bytes / 2)],
      ['all but one', (bytes: number) => bytes - 1],
      ['all', (bytes: number) => bytes],
      ['the opening packet', (bytes: number) => Math.min(bytes, 84)],
      ['a header and no event', (bytes: number) => Math.min(bytes, 168)],
      ['a part of the header', (bytes: number) => Math.min(bytes, 50)],
    ])('that died inside any append with %s of its bytes in the file', (_what, part) => {
      const deaths = dieEverywhere((process, at) => {
        let appends = 0;
        process.callFaults = {
          errorOf: () => undefined,
          taking: (bytes) => (++appends === at ? -part(bytes) : bytes),
        };
      }, tracefiles);
      expect(deaths).toBeGreaterThan(5);
    });

    it('however many die one after the other', () => {
      for (let calls = 1; calls < 60; calls++) {
        const stage = new Stage(SHAPE, tracefiles);
        stage.run((process, nth) => {
          if (nth < CONSUMERS_MAX) process.callsUntilKill = calls;
        });
        expect({ calls, wrong: stage.differences() }).toEqual({ calls, wrong: [] });
      }
    });
  });
});
