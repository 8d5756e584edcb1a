/**
 * The stream recorder over a sink that is no file: one in memory, which outlives its consumers as a server does, counts
 * packets, refuses some of them, and is left by consumers that die before, inside and after any call to it.
 */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { ok } from '../../../../src/base/result.ts';
import { openStreamRecorder, type StreamRecorder } from '../../../../src/recorder/open-recorder.ts';
import { type Recorded, strange, written } from '../../../../src/recorder/recording-error.ts';
import type { Sink, SinkPacket, Standing, StreamOutput } from '../../../../src/recorder/sink.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { ConsumerPosition } from '../../../../src/ring/progress.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import { must } from '../../../support/ring/memory.ts';
import {
  consumed,
  createStreamMemory,
  traceInto,
} from '../../../support/simulated/stream-memory.ts';

const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
/** A compact header and one u32. */
const EVENT_BYTES = 8;
/** Of a packet's header (`src/ctf/packet.ts`). */
const OFFSET_SEQUENCE_NUMBER = 64;
/** What the sink counts for a packet; a packet that arrived in part counts for less. */
const PACKET_UNITS = 10;
const PART_UNITS = 3;
const KEY = 42n;
/** More calls than a consumer makes here. */
const DEATHS_MAX = 500;

class Death extends Error {}

/** What the sink holds under its key. */
class Store {
  readonly packets: (readonly Uint8Array[])[] = [];
  metadata = '';
  /** Units of a packet that arrived in part. */
  torn = 0;
  /** Calls until the consumer dies. */
  callsUntilDeath = Number.POSITIVE_INFINITY;
  /** The packet at this position is refused as often. */
  readonly refusals = new Map<number, number>();

  get position(): number {
    return this.packets.length * PACKET_UNITS + this.torn;
  }

  /** Events in the order of their packets. */
  get counters(): number[] {
    return this.packets.flatMap((parts) => {
      const body = parts.at(-1) ?? new Uint8Array(0);
      const view = new DataView(body.buffer, body.byteOffset, body.length);
      const count = body.length / EVENT_BYTES;
      return Array.from({ length: count }, (_, n) => view.getUint32(n * EVENT_BYTES + 4, true));
    });
  }

  /** Of the last packet in each piece. */
  get sequenceNumbers(): number[] {
    return this.packets.map((parts) => {
      const header = parts.at(-2) ?? new Uint8Array(0);
      const view = new DataView(header.buffer, header.byteOffset, header.length);
      return Number(view.getBigUint64(OFFSET_SEQUENCE_NUMBER, true));
    });
  }

  /** Each call of a consumer comes by here, before it does anything and when it has. */
  step(): void {
    if (--this.callsUntilDeath < 0) throw new Death();
  }
}

/** A consumer's connection to the store. */
class StoreSink implements Sink {
  readonly isApart = false;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  keyFor(): bigint {
    return KEY;
  }

  anotherKeyFor(): bigint {
    throw new Error('the output is always ours');
  }

  open(_stream: unknown, key: bigint): Recorded<StreamOutput> {
    this.#store.step();
    return key === KEY ? ok(new StoreOutput(this.#store)) : strange('another key');
  }
}

class StoreOutput implements StreamOutput {
  readonly name = 'store';
  readonly traceUuid = new Uint8Array(16);
  readonly declaredClasses: number | undefined;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    const classes = store.metadata.split('event {').length - 1;
    this.declaredClasses = store.metadata === '' ? undefined : classes;
  }

  get position(): number {
    return this.#store.position;
  }

  standing(): Recorded<Standing> {
    return ok('here');
  }

  resumeAt(position: number): Recorded {
    this.#store.step();
    this.#store.packets.length = Math.floor(position / PACKET_UNITS);
    this.#store.torn = 0;
    expect(this.position).toBe(position);
    this.#store.step();
    return ok(undefined);
  }

  declare(text: string): Recorded {
    this.#store.step();
    this.#store.metadata += text;
    this.#store.step();
    return ok(undefined);
  }

  room(): Recorded<boolean> {
    return ok(true);
  }

  prepare(): Recorded<number> {
    this.#store.step();
    return ok(this.position + PACKET_UNITS);
  }

  append(next: readonly SinkPacket[]): Recorded<'stored'> {
    const { packets, refusals } = this.#store;
    const left = refusals.get(packets.length) ?? 0;
    if (left > 0) {
      refusals.set(packets.length, left - 1);
      return written({
        ok: false,
        error: { code: 'EAGAIN', call: 'network.send', subject: 'store' },
      });
    }
    this.#store.step();
    this.#store.torn = PART_UNITS;
    this.#store.step();
    this.#store.torn = 0;
    packets.push(next.flatMap(({ header, body }) => [header, body.slice()]));
    this.#store.step();
    return ok('stored');
  }

  close(): void {
    this.#store.step();
  }
}

class Stage {
  readonly store = new Store();
  readonly #simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  readonly #world = this.#simulation.login('alice').world;
  readonly #memory = createStreamMemory(this.#world, 3, SHAPE, '/home/alice/wake');
  readonly #tracer = traceInto(this.#world, this.#memory);
  readonly #tracepoints = new Map<string, (payload: { counter: number }) => void>();
  #recorder: StreamRecorder | undefined;
  emitted = 0;
  deaths = 0;

  emit(count: number, event: string): void {
    const tick = this.#tracepoints.get(event) ?? this.#tracer.tracepoint(event, { counter: u32 });
    this.#tracepoints.set(event, tick);
    for (let n = 0; n < count; n++) tick({ counter: this.emitted++ });
  }

  /** A consumer drains once; those that die are followed by others. */
  drain(flush: boolean): Recorded<boolean> {
    return this.#insist((recorder) => recorder.drain(flush));
  }

  close(): void {
    this.#insist((recorder) => recorder.close());
  }

  /** Where the checkpoint in force says that the stream ends in the sink. */
  get checkpoint(): number {
    const segment = must(this.#world.memory.attachWritable(this.#memory.positionSegment));
    return new ConsumerPosition(segment).atPosition().stored.position;
  }

  #insist<T>(act: (recorder: StreamRecorder) => T): T {
    for (;;) {
      try {
        this.#recorder ??= openStreamRecorder(
          this.#simulation.login('alice').world,
          new StoreSink(this.store),
          consumed(this.#memory),
        );
        return act(this.#recorder);
      } catch (thrown) {
        if (!(thrown instanceof Death)) throw thrown;
        this.deaths++;
        this.store.callsUntilDeath = Number.POSITIVE_INFINITY;
        this.#recorder = undefined;
      }
    }
  }
}

/** Classes that come late, whole sub-buffers and begun ones. */
function play(stage: Stage): void {
  stage.emit(40, 'a');
  stage.drain(true);
  stage.emit(700, 'b');
  stage.drain(false);
  stage.emit(900, 'a');
  stage.drain(true);
  stage.emit(5, 'c');
  stage.drain(true);
  stage.close();
}

function expectWhole({ store, emitted, checkpoint }: Stage, label: object = {}): void {
  const upTo = (count: number, from: number): number[] =>
    Array.from({ length: count }, (_, n) => n + from);
  expect({ ...label, counters: store.counters }).toEqual({ ...label, counters: upTo(emitted, 0) });
  // The first one is behind the opening packet of the stream.
  const numbers = upTo(store.packets.length, 1);
  expect({ ...label, numbers: store.sequenceNumbers }).toEqual({ ...label, numbers });
  expect(store.metadata.match(/name = "[abc]"/g)).toEqual(
    ['a', 'b', 'c'].map((name) => `name = "${name}"`),
  );
  expect({ ...label, checkpoint }).toEqual({ ...label, checkpoint: store.position });
}

describe('a stream recorder over a sink that counts packets', () => {
  it('hands over all events in order, and its checkpoint has the position of the sink', () => {
    const stage = new Stage();
    play(stage);
    expectWhole(stage);
    expect(stage.store.packets.length).toBeGreaterThan(4);
  });

  it('is followed by another one wherever it dies: nothing twice, nothing lost', () => {
    let at = 0;
    for (; at < DEATHS_MAX; at++) {
      const stage = new Stage();
      stage.store.callsUntilDeath = at;
      play(stage);
      expectWhole(stage, { at });
      if (stage.deaths === 0) break;
    }
    expect(at).toBeGreaterThan(20);
    expect(at).toBeLessThan(DEATHS_MAX);
  });

  it('keeps in the buffers what the sink refuses, and offers it again', () => {
    const stage = new Stage();
    for (const [packet, times] of [3, 0, 2, 1].entries()) stage.store.refusals.set(packet, times);
    stage.emit(40, 'a');
    for (let refusal = 0; refusal < 3; refusal++) {
      expect(stage.drain(true)).toMatchObject({ ok: false, error: { kind: 'write' } });
      stage.emit(1, 'b');
      expect(stage.checkpoint).toBe(0);
    }
    stage.emit(600, 'c');
    while (!stage.drain(true).ok) stage.emit(1, 'a');
    stage.close();
    expectWhole(stage);
  });
});
