/** The count of events that no consumer has read, which `lttng destroy --abandon` reports. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { FileSink } from '../../../../src/recorder/file-sink.ts';
import { StreamConsumer } from '../../../../src/recorder/stream-consumer.ts';
import {
  DESCRIPTOR_EVENTS_BEFORE,
  descriptorOffset,
  OFFSET_DISCARDED,
  type RingShape,
} from '../../../../src/ring/layout.ts';
import { unreadIn } from '../../../../src/ring/unread.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import { must } from '../../../support/ring/memory.ts';
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
    count: () => unreadIn(readable, position),
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
    const { data, emit, count } = makeStage();
    emit(1);
    data.setFloat64(descriptorOffset(0) + DESCRIPTOR_EVENTS_BEFORE, 2 ** 52, true);
    expect(count()).toBe(4 * 4096);
    data.setFloat64(descriptorOffset(0) + DESCRIPTOR_EVENTS_BEFORE, Number.NaN, true);
    data.setFloat64(OFFSET_DISCARDED, -5, true);
    expect(count()).toBe(0);
    data.setUint32(0, 0, true);
    expect(count()).toBeUndefined();
  });
});
