/** What the buffers hold that no sink has stored: `lttng status` and `lttng destroy --abandon` report it. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { recordSized } from '../../../../sim/ring/records.ts';
import { FileSink } from '../../../../src/recorder/file-sink.ts';
import { StreamConsumer } from '../../../../src/recorder/stream-consumer.ts';
import {
  DESCRIPTOR_COMMITTED,
  DESCRIPTOR_EVENTS_BEFORE,
  descriptorOffset,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
  POSITION_SEGMENT_BYTES,
  type RingShape,
} from '../../../../src/ring/layout.ts';
import { attachReader } from '../../../../src/ring/reader.ts';
import { type Unread, unreadIn } from '../../../../src/ring/unread.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import { makeMemory, makeStream, must, type TestStream } from '../../../support/ring/memory.ts';
import {
  consumed,
  createStreamMemory,
  traceInto,
} from '../../../support/simulated/stream-memory.ts';

const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };

function makeStage(shape: RingShape = SHAPE) {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  const { world } = simulation.login('alice');
  const memory = createStreamMemory(world, 3, shape, '/home/alice/wake');
  const tick = traceInto(world, memory).tracepoint('test:tick', { n: u32 });
  const data = must(world.memory.attachWritable(memory.dataSegment));
  const readable = must(world.memory.attachReadable(memory.dataSegment));
  const position = must(world.memory.attachWritable(memory.positionSegment));
  return {
    world,
    memory,
    data: new DataView(data.buffer),
    emit: (count: number) => {
      for (let n = 0; n < count; n++) tick({ n });
    },
    measure: () => unreadIn(readable, position),
    count: () => {
      const unread = unreadIn(readable, position);
      return unread && unread.events + unread.missed;
    },
  };
}

describe('the count of unread events', () => {
  it('is that of all events which are in no packet', () => {
    const { world, memory, emit, count } = makeStage();
    expect(count()).toBe(0);
    emit(30);
    expect(count()).toBe(30);
    const consumer = new StreamConsumer(world, {
      flushed: () => undefined,
      streamReleased: () => undefined,
      closed: () => undefined,
      changed: () => undefined,
    });
    consumer.open(
      FileSink.forSession(
        world,
        '/home/alice/t',
        { name: 'web', uuid: 'u-1' },
        { major: 0, minor: 1 },
      ),
    );
    consumer.addStream(consumed(memory));
    consumer.flush(1);
    expect(count()).toBe(0);
    emit(7);
    expect(count()).toBe(7);
  });

  it('includes those that were discarded, and those that were overwritten', () => {
    const discarding = makeStage();
    discarding.emit(5000);
    expect(discarding.count()).toBe(5000);
    const overwriting = makeStage({ ...SHAPE, overwrite: true });
    overwriting.emit(5000);
    expect(overwriting.count()).toBe(5000);
  });

  it('is bounded by the buffers, whatever the application stored', () => {
    const { data, emit, count, measure } = makeStage();
    emit(1);
    data.setFloat64(descriptorOffset(0) + DESCRIPTOR_EVENTS_BEFORE, 2 ** 52, true);
    expect(count()).toBe(4 * 4096);
    data.setFloat64(descriptorOffset(0) + DESCRIPTOR_EVENTS_BEFORE, Number.NaN, true);
    data.setFloat64(OFFSET_DISCARDED, -5, true);
    expect(count()).toBe(0);
    data.setUint32(descriptorOffset(0) + DESCRIPTOR_COMMITTED, 2 ** 31, true);
    expect(measure()?.bytes).toBe(4096);
    data.setUint32(OFFSET_OPENED, 2 ** 32 - 1, true);
    expect(measure()?.bytes).toBeLessThanOrEqual(4 * 4096);
    data.setUint32(0, 0, true);
    expect(count()).toBeUndefined();
  });
});

/** What a consumer would read now: of a copy of the position, which stays. */
function readable({ data, position }: TestStream): Unread {
  const copy = makeMemory(POSITION_SEGMENT_BYTES);
  new Uint8Array(copy.writable.buffer).set(new Uint8Array(position.writable.buffer));
  const reader = must(attachReader(data.readable, copy.writable));
  let [events, bytes, missed] = [0, 0, 0];
  for (let packet = reader.next(true); packet !== undefined; packet = reader.next(true)) {
    events += packet.events;
    bytes += packet.body.byteLength;
    missed += packet.discardedSince + packet.overwrittenEvents;
    reader.done(packet);
  }
  return { events, bytes, missed };
}

test('it is what the next consumer would read, wherever this one is', () => {
  const steps = fc.array(
    fc.record({
      events: fc.nat(40),
      padding: fc.nat(300),
      packets: fc.nat(3),
      flush: fc.boolean(),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(fc.constantFrom(2, 4), fc.boolean(), steps, (count, overwrite, each) => {
      const stream = makeStream({ subbufferBytes: 4096, subbufferCount: count, overwrite });
      const writer = stream.attachWriter();
      const reader = stream.attachReader();
      let serial = 0;
      for (const { events, padding, packets, flush } of each) {
        for (let index = 0; index < events; index++) recordSized(writer, 1, serial++, padding);
        for (let taken = 0; taken < packets; taken++) {
          const packet = reader.next(flush);
          if (packet !== undefined) reader.done(packet);
        }
        expect(unreadIn(stream.data.readable, stream.position.writable)).toEqual(readable(stream));
      }
    }),
  );
});
