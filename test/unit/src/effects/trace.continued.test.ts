/**
 * A consumer's data path that dies anywhere, and the next one, which goes on in the same files: no event twice, none
 * lost, no false count. Death is taken at every call to the operating system, at every load from shared memory and
 * inside every append.
 */
import { describe, expect, it } from 'vitest';
import { readTraces } from '../../../../sim/ledger/trace-content.ts';
import { isProcessEnded } from '../../../../sim/machine/process/process.ts';
import { type SimProcess, Simulation } from '../../../../sim/machine/simulation.ts';
import type { EffectEvent } from '../../../../src/effects/contract/effects.ts';
import type { TraceEffect } from '../../../../src/effects/contract/recorder.ts';
import { createMemoryHandler } from '../../../../src/effects/memory.ts';
import { createTraceHandler } from '../../../../src/effects/trace.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { attachWriter } from '../../../../src/ring/writer.ts';
import { Tracer } from '../../../../src/tracer/tracer.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import type { ConsumerStream } from '../../../../src/wire/control/messages.ts';
import { must } from '../../../support/ring/memory.ts';

const OUTPUT = '/home/alice/trace';
const PID = 77;
/** More calls, loads and appends than a consumer makes here. */
const DEATHS_MAX = 2000;
/** Longer chains of consumers that die young prove nothing more. */
const CONSUMERS_MAX = 40;

type Step =
  | { readonly emit: number; readonly on: number; readonly event: string }
  | TraceEffect
  | { readonly passMs: number };

/** Two streams of one process; classes that come late; more than there is room for. */
const SCRIPT: readonly Step[] = [
  { emit: 40, on: 3, event: 'a' },
  { type: 'trace.flush', token: 1 },
  { emit: 300, on: 3, event: 'b' },
  { emit: 2, on: 4, event: 'a' },
  { passMs: 15 },
  { emit: 100, on: 3, event: 'a' },
  { type: 'trace.flush', token: 2 },
  { emit: 1500, on: 3, event: 'a' },
  { emit: 30, on: 4, event: 'c' },
  { type: 'trace.endStream', streamId: 3 },
  { emit: 5, on: 4, event: 'd' },
  { type: 'trace.flush', token: 3 },
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
  readonly emitted = new Map<number, number>();
  #perform: ((effect: TraceEffect) => void) | undefined;

  constructor(shape: RingShape) {
    this.#streams = [3, 4].map((streamId) => this.#makeStream(streamId, shape));
  }

  /** Runs the script; consumers die as `arm` has it, and each is followed by another. */
  run(arm: (process: SimProcess, nth: number) => void): void {
    for (const step of SCRIPT) {
      if ('emit' in step) this.#emit(step);
      else if ('passMs' in step) this.simulation.run({ forMs: step.passMs });
      else {
        if (step.type === 'trace.endStream') this.#ended.add(step.streamId);
        this.#insist(step, arm);
      }
    }
    this.#insist({ type: 'trace.close' }, arm);
    this.simulation.run({ forMs: 100 });
  }

  #insist(effect: TraceEffect, arm: (process: SimProcess, nth: number) => void): void {
    for (;;) {
      try {
        this.#perform ??= this.#consumer(arm);
        return this.#perform(effect);
      } catch (thrown) {
        if (!isProcessEnded(thrown)) throw thrown;
        this.#perform = undefined;
      }
    }
  }

  /** A new consumer is told of all streams that were not released, as a registry does. */
  #consumer(arm: (process: SimProcess, nth: number) => void): (effect: TraceEffect) => void {
    const process = this.simulation.login('alice');
    arm(process, this.consumers++);
    const heard = (_to: string, event: EffectEvent): void => {
      if (event.type === 'trace.streamReleased') this.released.add(event.streamId);
    };
    const handler = createTraceHandler(process.world, heard, { major: 0, minor: 1 });
    const perform = (effect: TraceEffect): void => handler(effect, 'consumer');
    perform({ type: 'trace.open', sessionName: 'web', output: OUTPUT });
    for (const stream of this.#streams) {
      const { streamId } = stream;
      if (this.released.has(streamId)) continue;
      perform({ type: 'trace.addStream', stream });
      if (this.#ended.has(streamId)) perform({ type: 'trace.endStream', streamId });
    }
    return perform;
  }

  #emit({ emit, on, event }: Extract<Step, { emit: number }>): void {
    for (let n = 0; n < emit; n++) this.#emitters.get(on)?.(event);
  }

  #makeStream(streamId: number, shape: RingShape): ConsumerStream {
    const { world } = this.#hands;
    const owner = { uid: 1000, gid: 1000 };
    const wakePath = '/home/alice/wake';
    const made: EffectEvent[] = [];
    const memory = createMemoryHandler(world, (_to, event) => void made.push(event));
    const how = { link: 'app', shape, writer: owner, consumer: owner, wakePath };
    memory({ type: 'memory.createStream', streamId, ...how }, 'session');
    const [created] = made;
    if (created?.type !== 'memory.streamCreated') throw new Error('no memory');
    const { dataSegment, positionSegment } = created;
    const writer = attachWriter({
      data: must(world.memory.attachWritable(dataSegment)),
      position: must(world.memory.attachReadable(positionSegment)),
      now: (target, index) => {
        target[index] = world.clock.monotonicNs();
      },
    });
    const tracer = new Tracer();
    must(tracer.attachStream({ key: 's', writer: must(writer), matches: () => true }));
    const points = new Map<string, (payload: { counter: number }) => void>();
    let counter = 0;
    this.#emitters.set(streamId, (event) => {
      const known = points.get(event) ?? tracer.tracepoint(`test:${event}`, { counter: u32 });
      points.set(event, known);
      known({ counter: counter++ });
      this.emitted.set(streamId, counter);
    });
    return {
      streamId,
      channel: 'default',
      dataSegment,
      positionSegment,
      shape,
      pid: PID,
      tid: PID,
      startedAt: 7,
      processName: 'shop',
      wakePath,
      switchTimerUs: 0,
      readTimerUs: 10_000,
    };
  }

  /** What the traces say of each stream, against what was emitted; all differences are sentences. */
  differences(): string[] {
    const { streams, problems } = readTraces(this.#hands.world.files, OUTPUT);
    const wrong = [...problems];
    const directories = new Set(streams.map(({ file }) => file.replace(/\/[^/]*$/, '')));
    if (directories.size !== 1) wrong.push(`${directories.size} traces`);
    for (const [streamId, emitted] of this.emitted) {
      const found = streams.filter(({ file }) => file.endsWith(`_${streamId}`));
      const counters = found.flatMap(({ events }) => events.map(({ counter }) => counter));
      const discarded = found.reduce((sum, stream) => sum + stream.discarded, 0);
      const lost = found.reduce((sum, stream) => sum + stream.lostPackets, 0);
      if (counters.some((counter, index) => index > 0 && counter <= (counters[index - 1] ?? 0))) {
        wrong.push(`stream ${streamId} repeats itself`);
      }
      if (counters.length + discarded !== emitted || lost !== 0) {
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

/** Runs the script with the first consumer dying as `arm` has it at 1, 2, 3 and so on, until it does not die. */
function dieEverywhere(arm: (process: SimProcess, at: number) => void): number {
  for (let at = 1; at < DEATHS_MAX; at++) {
    const stage = new Stage(SHAPE);
    stage.run((process, nth) => {
      if (nth === 0) arm(process, at);
    });
    expect({ at, wrong: stage.differences() }).toEqual({ at, wrong: [] });
    if (stage.consumers === 1) return at - 1;
  }
  return DEATHS_MAX;
}

describe('the next consumer goes on exactly where the one before it ended', () => {
  it('that died at any call to the operating system', () => {
    const deaths = dieEverywhere((process, at) => {
      process.callsUntilKill = at;
    });
    expect(deaths).toBeGreaterThan(40);
    expect(deaths).toBeLessThan(DEATHS_MAX);
  });

  it('that died at any load from shared memory', () => {
    const deaths = dieEverywhere((process, at) => {
      process.loadsUntilKill = at;
    });
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
      process.mischief = {
        troubleWith: () => undefined,
        taking: (bytes) => (++appends === at ? -part(bytes) : bytes),
      };
    });
    expect(deaths).toBeGreaterThan(5);
  });

  it('however many die one after the other', () => {
    for (let calls = 1; calls < 60; calls++) {
      const stage = new Stage(SHAPE);
      stage.run((process, nth) => {
        if (nth < CONSUMERS_MAX) process.callsUntilKill = calls;
      });
      expect({ calls, wrong: stage.differences() }).toEqual({ calls, wrong: [] });
    }
  });
});
