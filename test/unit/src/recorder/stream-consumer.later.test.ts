/**
 * A consumer over a sink that takes packets and stores them later, as one does whose other end acknowledges: what is
 * not acknowledged stays in the buffers, and a flush and the end of streams wait for it.
 */
import { expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { fail, ok } from '../../../../src/base/result.ts';
import { type Recorded, written } from '../../../../src/recorder/recording-error.ts';
import type {
  Sink,
  SinkPacket,
  Standing,
  StoredListener,
  StreamOutput,
} from '../../../../src/recorder/sink.ts';
import {
  CLOSE_RETRIES_MAX,
  RETRY_MS,
  StreamConsumer,
} from '../../../../src/recorder/stream-consumer.ts';
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
const EVENTS_PER_SUBBUFFER = 500;

/** Takes at most `window` packets before it stores one. */
class LaterSink implements Sink, StreamOutput {
  readonly isApart = true;
  readonly name = 'relay';
  readonly traceUuid = new Uint8Array(16);
  readonly declaredClasses = undefined;
  readonly window = 2;
  position = 0;
  isFailed = false;
  isClosed = false;
  readonly stored: number[] = [];
  readonly #taken: number[][] = [];
  #onStored: StoredListener = () => undefined;

  keyFor(): bigint {
    return 1n;
  }

  anotherKeyFor(): bigint {
    return 2n;
  }

  open(_stream: unknown, _key: bigint, onStored: StoredListener): Recorded<StreamOutput> {
    this.#onStored = onStored;
    return ok(this);
  }

  standing(): Recorded<Standing> {
    return ok('here');
  }

  resumeAt(): Recorded {
    return ok(undefined);
  }

  declare(): Recorded {
    return ok(undefined);
  }

  room(): Recorded<boolean> {
    if (!this.isFailed) return ok(this.#taken.length < this.window);
    return written(fail({ code: 'ECONNRESET', call: 'network.send', subject: 'relay' }));
  }

  prepare(): Recorded<number> {
    return ok(this.position + 1);
  }

  append(packets: readonly SinkPacket[]): Recorded<'taken'> {
    const events = packets.flatMap(({ body }) => {
      const view = new DataView(body.buffer, body.byteOffset, body.length);
      const count = body.length / EVENT_BYTES;
      return Array.from({ length: count }, (_, n) => view.getUint32(n * EVENT_BYTES + 4, true));
    });
    this.#taken.push(events);
    this.position += 1;
    return ok('taken');
  }

  close(): void {
    this.isClosed = true;
  }

  get taken(): number {
    return this.#taken.length;
  }

  /** The other end acknowledges the oldest packets. */
  acknowledge(packets: number): void {
    const stored = this.#taken.splice(0, packets);
    this.stored.push(...stored.flat());
    this.#onStored(stored.length);
  }

  fail(): void {
    this.isFailed = true;
    this.#onStored(0);
  }
}

function makeStage() {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  const { world } = simulation.login('alice');
  const memory = createStreamMemory(world, 3, SHAPE, '/home/alice/wake');
  const tick = traceInto(world, memory).tracepoint('test:tick', { n: u32 });
  const outcomes: string[] = [];
  const sink = new LaterSink();
  const consumer = new StreamConsumer(world, {
    flushed: (token, { unwritten }) =>
      void outcomes.push(`flushed ${token} ${unwritten?.code ?? ''}`),
    streamReleased: (streamId) => void outcomes.push(`released ${streamId}`),
    closed: ({ unwritten }) => void outcomes.push(`closed ${unwritten?.code ?? ''}`),
    changed: ({ unwritten }) => void outcomes.push(`changed ${unwritten?.code ?? ''}`),
  });
  consumer.open(sink);
  consumer.addStream(consumed(memory));
  const position = new ConsumerPosition(must(world.memory.attachWritable(memory.positionSegment)));
  let next = 0;
  return {
    simulation,
    sink,
    consumer,
    outcomes,
    /** Sub-buffers that the writer may use again. */
    passed: () => position.passed.consumed,
    emit: (count: number) => {
      for (let n = 0; n < count; n++) tick({ n: next++ });
    },
    whole: () => Array.from({ length: next }, (_, n) => n),
  };
}

it('answers a flush when the sink has stored what was in the buffers', () => {
  const { sink, consumer, outcomes, emit, passed, whole } = makeStage();
  emit(3 * EVENTS_PER_SUBBUFFER + 1);
  consumer.flush(7);
  expect(sink.taken).toBe(sink.window);
  expect(passed()).toBe(0);
  sink.acknowledge(1);
  expect(passed()).toBe(1);
  expect(sink.taken).toBe(sink.window);
  while (sink.taken > 1) sink.acknowledge(1);
  expect(outcomes).toEqual([]);
  // The stream goes on: a flush does not wait for what comes behind it.
  emit(EVENTS_PER_SUBBUFFER);
  sink.acknowledge(1);
  expect(outcomes).toEqual(['flushed 7 ']);
  consumer.flush(8);
  while (sink.taken > 0) sink.acknowledge(1);
  expect(outcomes).toEqual(['flushed 7 ', 'flushed 8 ']);
  expect(sink.stored).toEqual(whole());
});

it('releases an ended stream when its last packet is stored', () => {
  const { sink, consumer, outcomes, emit, whole } = makeStage();
  emit(EVENTS_PER_SUBBUFFER / 2);
  consumer.endStream(3);
  expect(outcomes).toEqual([]);
  sink.acknowledge(1);
  expect(outcomes).toEqual(['released 3']);
  expect(sink.stored).toEqual(whole());
  expect(sink.isClosed).toBe(true);
});

it('closes when everything is stored, as long as the sink stores something', () => {
  const { simulation, sink, consumer, outcomes, emit, whole } = makeStage();
  emit(4 * EVENTS_PER_SUBBUFFER);
  consumer.close(false);
  while (sink.taken > 1) {
    simulation.run({ forMs: (CLOSE_RETRIES_MAX - 1) * RETRY_MS });
    sink.acknowledge(1);
  }
  expect(outcomes).toEqual([]);
  sink.acknowledge(1);
  expect(outcomes).toEqual(['closed ']);
  expect(sink.stored).toEqual(whole());
});

it('abandons what a silent sink has not stored, and leaves it in the buffers', () => {
  const { simulation, consumer, outcomes, emit, passed } = makeStage();
  emit(EVENTS_PER_SUBBUFFER);
  consumer.close(false);
  simulation.run({ forMs: CLOSE_RETRIES_MAX * RETRY_MS - 50 });
  expect(outcomes).toEqual([]);
  simulation.run({ forMs: 100 });
  expect(outcomes).toEqual(['closed ETIMEDOUT']);
  expect(passed()).toBe(0);
});

it('says that a failed sink does not write, and passes nothing that was not stored', () => {
  const { sink, consumer, outcomes, emit, passed } = makeStage();
  emit(3 * EVENTS_PER_SUBBUFFER);
  consumer.flush(7);
  sink.acknowledge(1);
  sink.fail();
  expect(outcomes).toEqual(['changed ECONNRESET', 'flushed 7 ECONNRESET']);
  expect(passed()).toBe(1);
});
