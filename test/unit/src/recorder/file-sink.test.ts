/** Which trace a stream is written to: that of its process, or that of its user, in files (R1.22, R1.27). */
import { beforeEach, describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { streamMetadata } from '../../../../src/ctf/metadata.ts';
import { findTraces, openTrace } from '../../../../src/ctf/read/reader.ts';
import type { World } from '../../../../src/port/world.ts';
import { FileSink } from '../../../../src/recorder/file-sink.ts';
import type { StreamOutput } from '../../../../src/recorder/sink.ts';
import type { ConsumerStream } from '../../../../src/wire/control/messages.ts';
import { must } from '../../../support/ring/memory.ts';
import { consumed, createStreamMemory } from '../../../support/simulated/stream-memory.ts';

const OUTPUT = '/home/alice/trace';
const SHAPE = { subbufferBytes: 4096, subbufferCount: 2, overwrite: false };
const NOT_REACHED = { announced: 0, stored: 0 };
const USERS = `${OUTPUT}/ust/uid`;

let world: World;
beforeEach(() => {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  ({ world } = simulation.login('alice'));
});

const sinkOf = (): FileSink =>
  FileSink.forSession(world, OUTPUT, { name: 'web', uuid: 'u-1' }, { major: 0, minor: 1 });

function streamOf(streamId: number, more: Partial<ConsumerStream> = {}): ConsumerStream {
  const memory = createStreamMemory(world, streamId, SHAPE, `/home/alice/wake-${streamId}`);
  return { ...consumed(memory), ...more };
}

/** The output of a stream that has written something. */
function begun(sink: FileSink, stream: ConsumerStream): StreamOutput {
  const output = must(sink.open(stream, sink.keyFor(stream), () => undefined, NOT_REACHED));
  must(output.resumeAt(output.position));
  must(output.declare(streamMetadata(stream.streamId)));
  const values = {
    uuid: output.traceUuid,
    streamClassId: stream.streamId,
    streamInstanceId: stream.streamId,
    timestampBegin: 1n,
    timestampEnd: 1n,
    bodyBytes: 1,
    sequenceNumber: 0,
    eventsDiscarded: 0,
  };
  const packet = { values, header: new Uint8Array(1), body: new Uint8Array(1), events: 0 };
  must(output.prepare([packet]));
  must(output.append([packet]));
  return output;
}

describe('streams of users', () => {
  it('are in one trace for each user, whichever process writes them', () => {
    const sink = sinkOf();
    begun(sink, streamOf(0, { sharedBy: 1001, pid: 40 }));
    begun(sink, streamOf(1, { sharedBy: 1001, pid: 41 }));
    begun(sink, streamOf(2, { sharedBy: 1002, pid: 40 }));
    begun(sink, streamOf(3, { pid: 40 }));
    expect(must(world.files.list(USERS))).toEqual(['1001', '1002']);
    expect(must(world.files.list(`${USERS}/1001`))).toEqual(['64-bit']);
    expect(must(world.files.list(`${USERS}/1001/64-bit`))).toHaveLength(3);
    expect(must(world.files.list(`${USERS}/1002/64-bit`))).toHaveLength(2);
    expect(must(world.files.list(`${OUTPUT}/ust/pid`))).toHaveLength(1);
  });

  it('go on in the trace of their user when all earlier ones have ended', () => {
    const sink = sinkOf();
    begun(sink, streamOf(0, { sharedBy: 1001 })).close();
    begun(sink, streamOf(1, { sharedBy: 1001 })).close();
    expect(must(world.files.list(`${USERS}/1001`))).toEqual(['64-bit']);
    expect(must(world.files.list(`${USERS}/1001/64-bit`))).toHaveLength(3);
  });
});

describe('the key of a trace that a rotation has moved', () => {
  it.each([
    ['process', {}],
    ['user', { sharedBy: 1001 }],
  ])('names nothing any more, and no other trace gets it: of a %s', (_, more) => {
    const stream = streamOf(0, more);
    const key = sinkOf().keyFor(stream);
    const sink = sinkOf();
    expect(sink.names(stream, key)).toBe(true);
    sink.noteMoved([key]);
    expect(sink.names(stream, key)).toBe(false);
    const next = sink.keyFor(stream);
    expect(next).not.toBe(key);
    expect(sink.names(stream, next)).toBe(true);
  });
});

describe('another clock offset', () => {
  const offsetsIn = (directory: string): readonly (bigint | undefined)[] =>
    must(findTraces(world.files, directory)).map((path) => {
      const trace = must(openTrace(world.files, path));
      const [clock] = trace.schema.clocks.values();
      trace.close();
      return clock?.offsetNs;
    });

  it('is in all traces of the session in the directory, also of ended processes, and in later ones', () => {
    const sink = sinkOf();
    begun(sink, streamOf(0, { pid: 40 })).close();
    begun(sink, streamOf(1, { pid: 41 }));
    begun(sink, streamOf(2, { sharedBy: 1001 })).close();
    const earlier = sinkOf();
    begun(earlier, streamOf(3, { pid: 42 })).close();
    must(sink.renewClock(7n));
    begun(sink, streamOf(4, { pid: 43 }));
    begun(sink, streamOf(5, { pid: 41 }));
    expect(offsetsIn(OUTPUT)).toEqual([7n, 7n, 7n, 7n, 7n]);
  });

  it('is not in those of other sessions', () => {
    const sink = sinkOf();
    begun(sink, streamOf(0, { pid: 40 }));
    const other = { name: 'db', uuid: 'u-2' };
    const theirs = FileSink.forSession(world, OUTPUT, other, { major: 0, minor: 1 });
    begun(theirs, streamOf(1, { pid: 41 }));
    must(sink.renewClock(7n));
    expect(offsetsIn(OUTPUT).filter((offset) => offset === 7n)).toHaveLength(1);
  });

  it('is in the others, too, when one of them is held by another consumer', () => {
    const sink = sinkOf();
    begun(sink, streamOf(0, { pid: 41 }));
    begun(sinkOf(), streamOf(1, { pid: 40 }));
    begun(sinkOf(), streamOf(2, { pid: 42 })).close();
    expect(sink.renewClock(7n)).toMatchObject({ error: { code: 'EAGAIN' } });
    expect(offsetsIn(OUTPUT).filter((offset) => offset === 7n)).toHaveLength(2);
  });
});
