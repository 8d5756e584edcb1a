/** A consumer's data path on the simulated machine, with a disk that is full or broken for a while. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { plainStruct } from '../../../../src/ctf/read/plain.ts';
import type { OsErrorCode } from '../../../../src/port/os-error.ts';
import type { World } from '../../../../src/port/world.ts';
import { FileSink } from '../../../../src/recorder/file-sink.ts';
import {
  CLOSE_RETRIES_MAX,
  RETRY_MS,
  StreamConsumer,
} from '../../../../src/recorder/stream-consumer.ts';
import { SCRUTINY_MS } from '../../../../src/recorder/stream-recorder.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import { openTraceSet } from '../../../../src/view/trace-set.ts';
import type { WritingOutcome } from '../../../../src/wire/control/outcomes.ts';
import { must } from '../../../support/ring/memory.ts';
import { segmentRef } from '../../../support/segments.ts';
import {
  consumed,
  createStreamMemory,
  traceInto,
} from '../../../support/simulated/stream-memory.ts';

const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
const OUTPUT = '/home/alice/trace';
const WAKE = '/home/alice/wake';

/** One user who is application, registry and consumer at once. */
function makeStage(shape: RingShape = SHAPE, readTimerUs = 10_000, switchTimerUs = 0) {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  const { world } = simulation.login('alice');
  const memory = createStreamMemory(world, 3, shape, WAKE);
  const tick = traceInto(world, memory).tracepoint('test:tick', { n: u32 });
  const outcomes: string[] = [];
  const changes: string[] = [];
  const consumer = new StreamConsumer(world, {
    flushed: (token, outcome) => void outcomes.push(`flushed ${token}${textOf(outcome)}`),
    streamReleased: (streamId) => void outcomes.push(`released ${streamId}`),
    closed: (outcome) => void outcomes.push(`closed${textOf(outcome)}`),
    changed: (outcome) => void changes.push(textOf(outcome)),
  });
  must(world.files.makeDirectory(OUTPUT, 0o700));
  consumer.open(
    FileSink.forSession(world, OUTPUT, { name: 'web', uuid: 'u-1' }, { major: 0, minor: 1 }),
  );
  consumer.addStream(consumed(memory, { readTimerUs, switchTimerUs }));
  let next = 0;
  return {
    simulation,
    world,
    outcomes,
    changes,
    consumer,
    emit: (count: number) => {
      for (let i = 0; i < count; i++) tick({ n: next++ });
    },
    fault: (code: OsErrorCode | undefined, call = 'files.append') =>
      simulation.setFileFault(
        code && ((name, path) => (name === call && path.startsWith(OUTPUT) ? code : undefined)),
      ),
    read: () => readBack(world),
  };
}

/** ` 1 ENOSPC, 40 events and 0 streams lost`; nothing when everything is written. */
function textOf({ unwritten, lost }: WritingOutcome): string {
  const waiting = unwritten === undefined ? '' : ` ${unwritten.streams} ${unwritten.code}`;
  return lost === undefined
    ? waiting
    : `${waiting}, ${lost.events} events and ${lost.streams} streams lost, ${lost.moved} moved`;
}

function readBack(world: World): { ticks: number[]; discarded: number; problems: string[] } {
  const opened = openTraceSet(world.files, [OUTPUT], { isFollowing: false });
  if (!opened.ok) return { ticks: [], discarded: 0, problems: [opened.error.message] };
  const { set } = opened.value;
  const ticks: number[] = [];
  const problems = [...opened.value.problems];
  let discarded = 0;
  for (let message = set.next(); message !== undefined; message = set.next()) {
    if (message.kind === 'event') {
      ticks.push(Number(plainStruct(message.shape.fieldsType, message.fields)['n']));
    } else if (message.kind === 'discarded-events') discarded += Number(message.count);
    else if (message.kind === 'problem') problems.push(message.text);
  }
  set.close();
  return { ticks, discarded, problems };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('the data path of a consumer', () => {
  it('writes finished sub-buffers by itself and begun ones on a flush', () => {
    const stage = makeStage();
    stage.emit(600);
    stage.simulation.run({ forMs: 100 });
    const before = stage.read();
    expect(before.ticks.length).toBeGreaterThan(0);
    expect(before.ticks.length).toBeLessThan(600);
    stage.consumer.flush(9);
    expect(stage.outcomes).toEqual(['flushed 9']);
    expect(stage.read()).toEqual({ ticks: upTo(600), discarded: 0, problems: [] });
  });

  it.each([false, true])(
    'writes begun sub-buffers on its switch timer (overwrite: %s)',
    (overwrite) => {
      const stage = makeStage({ ...SHAPE, overwrite }, 0, 20_000);
      stage.emit(5);
      stage.simulation.run({ forMs: 50 });
      expect(stage.read()).toEqual({ ticks: upTo(5), discarded: 0, problems: [] });
    },
  );

  it('writes nothing for a stream that recorded nothing', () => {
    const stage = makeStage();
    stage.consumer.endStream(3);
    expect(stage.outcomes).toEqual(['released 3']);
    expect(
      stage.simulation.listFiles().filter(({ path }) => path.startsWith(`${OUTPUT}/`)),
    ).toEqual([]);
  });

  it.each(['ENOSPC', 'EIO'] as const)(
    'keeps events in the buffers while the disk says %s',
    (code) => {
      const stage = makeStage();
      stage.emit(700);
      stage.simulation.run({ forMs: 50 });
      stage.fault(code);
      stage.emit(900);
      stage.simulation.run({ forMs: 5000 });
      const written = stage.read();
      expect(written.problems).toEqual([]);
      expect(written.ticks.length).toBeLessThan(1600);
      stage.fault(undefined);
      stage.simulation.run({ forMs: RETRY_MS + 50 });
      stage.consumer.endStream(3);
      expect(stage.outcomes).toEqual(['released 3']);
      expect(stage.read()).toEqual({ ticks: upTo(1600), discarded: 0, problems: [] });
      const said = stage.simulation.log.map(({ event }) => event);
      expect(said).toEqual(['trace.notWritable', 'trace.writable']);
    },
  );

  it('takes back what a full disk took a part of', () => {
    const stage = makeStage();
    stage.emit(700);
    stage.simulation.run({ forMs: 50 });
    const used = stage.simulation.listFiles().reduce((sum, { byteLength }) => sum + byteLength, 0);
    stage.simulation.setDiskCapacity(used + 1000);
    stage.emit(900);
    stage.simulation.run({ forMs: 3000 });
    expect(stage.read().problems).toEqual([]);
    stage.simulation.setDiskCapacity(undefined);
    stage.consumer.close(false);
    expect(stage.outcomes).toEqual(['closed']);
    expect(stage.read()).toEqual({ ticks: upTo(1600), discarded: 0, problems: [] });
  });

  it('begins a trace late when its directory cannot be made at first', () => {
    const stage = makeStage();
    stage.fault('EACCES', 'files.makeDirectory');
    stage.emit(500);
    stage.simulation.run({ forMs: 1000 });
    stage.fault(undefined);
    stage.consumer.close(false);
    expect(stage.read()).toEqual({ ticks: upTo(500), discarded: 0, problems: [] });
  });

  it('counts what found no room meanwhile', () => {
    const stage = makeStage();
    stage.fault('ENOSPC');
    stage.emit(5000);
    stage.simulation.run({ forMs: 1000 });
    stage.fault(undefined);
    stage.consumer.close(false);
    const { ticks, discarded, problems } = stage.read();
    expect(problems).toEqual([]);
    expect(ticks).toEqual(upTo(ticks.length));
    expect(ticks.length + discarded).toBe(5000);
  });

  it.each(['its timer', 'the next attempt'])(
    'R1.22: releases an ended stream that %s wrote',
    (who) => {
      const stage = makeStage(SHAPE, who === 'its timer' ? 10_000 : 0);
      stage.emit(100);
      stage.fault('ENOSPC');
      stage.consumer.endStream(3);
      stage.simulation.run({ forMs: 50 });
      expect(stage.outcomes).toEqual([]);
      stage.fault(undefined);
      stage.simulation.run({ forMs: RETRY_MS + 50 });
      expect(stage.outcomes).toEqual(['released 3']);
      expect(stage.read()).toEqual({ ticks: upTo(100), discarded: 0, problems: [] });
    },
  );

  it('answers a flush once no other consumer holds the trace', () => {
    const stage = makeStage(SHAPE, 0);
    stage.fault('EAGAIN', 'files.lock');
    stage.emit(10);
    stage.consumer.flush(1);
    stage.simulation.run({ forMs: 3 * RETRY_MS });
    expect(stage.outcomes).toEqual([]);
    stage.fault(undefined);
    stage.simulation.run({ forMs: RETRY_MS });
    expect(stage.outcomes).toEqual(['flushed 1']);
    expect(stage.read()).toEqual({ ticks: upTo(10), discarded: 0, problems: [] });
  });

  it('gives up after a while when it must end and cannot write', () => {
    const stage = makeStage();
    stage.emit(100);
    stage.fault('ENOSPC');
    stage.consumer.close(false);
    stage.simulation.run({ forMs: RETRY_MS * (CLOSE_RETRIES_MAX - 1) });
    expect(stage.outcomes).toEqual([]);
    stage.simulation.run({ forMs: RETRY_MS * 2 });
    expect(stage.outcomes).toEqual(['closed 1 ENOSPC']);
    expect(stage.simulation.log.map(({ event }) => event)).toContain('trace.abandoned');
  });

  it('says with a flush, and as soon as it is so, that the disk is full, and when it is not any more', () => {
    const stage = makeStage(SHAPE, 0);
    stage.fault('ENOSPC');
    stage.emit(10);
    stage.consumer.flush(1);
    expect(stage.outcomes).toEqual(['flushed 1 1 ENOSPC']);
    expect(stage.changes).toEqual([' 1 ENOSPC']);
    // The packet was that of an unfinished sub-buffer: another attempt without a flush would find nothing to write.
    stage.simulation.run({ forMs: 3 * RETRY_MS });
    expect(stage.changes).toEqual([' 1 ENOSPC']);
    expect(stage.simulation.log.map(({ event }) => event)).toEqual(['trace.notWritable']);
    stage.fault(undefined);
    stage.simulation.run({ forMs: RETRY_MS });
    expect(stage.read()).toEqual({ ticks: upTo(10), discarded: 0, problems: [] });
    expect(stage.changes).toEqual([' 1 ENOSPC', '']);
    const said = stage.simulation.log.map(({ event }) => event);
    expect(said).toEqual(['trace.notWritable', 'trace.writable']);
    stage.consumer.flush(2);
    expect(stage.outcomes.at(-1)).toBe('flushed 2');
  });

  it('says that a stream cannot be read', () => {
    const stage = makeStage(SHAPE, 0);
    stage.emit(10);
    stage.consumer.addStream({
      ...consumed(createStreamMemory(stage.world, 4, SHAPE, WAKE)),
      dataSegment: segmentRef(9999),
    });
    stage.consumer.flush(1);
    expect(stage.outcomes).toEqual(['flushed 1, 0 events and 1 streams lost, 0 moved']);
  });
});

const FILE = 'default_3';

describe('a consumer whose files others', () => {
  /** Writes 30 events, lets `spoil` act on the trace, and writes 20 more. */
  function spoiled(spoil: (world: World, directory: string) => void) {
    const stage = makeStage(SHAPE, 0);
    stage.emit(30);
    stage.consumer.flush(1);
    const { files } = stage.world;
    const [name = ''] = must(files.list(`${OUTPUT}/ust/pid`));
    spoil(stage.world, `${OUTPUT}/ust/pid/${name}`);
    stage.emit(20);
    stage.consumer.flush(2);
    stage.consumer.endStream(3);
    const said = stage.simulation.log.map(({ event }) => event);
    return { outcome: stage.outcomes[1], said, read: stage.read() };
  }
  const rest = Array.from({ length: 20 }, (_, n) => 30 + n);
  const LOST = 'flushed 2, 30 events and 0 streams lost, 0 moved';
  const remove = ({ files }: World, directory: string): void => {
    for (const name of must(files.list(directory))) must(files.remove(`${directory}/${name}`));
    must(files.remove(directory));
  };

  it('have removed begins another trace, and counts what is gone', () => {
    const { outcome, said, read } = spoiled(remove);
    expect(outcome).toBe(LOST);
    expect(said).toContain('trace.gone');
    expect(read).toEqual({ ticks: rest, discarded: 30, problems: [] });
  });

  it('have removed counts what is gone also when there is nothing more to write', () => {
    const stage = makeStage(SHAPE, 0);
    stage.emit(30);
    stage.consumer.flush(1);
    const [name = ''] = must(stage.world.files.list(`${OUTPUT}/ust/pid`));
    remove(stage.world, `${OUTPUT}/ust/pid/${name}`);
    stage.consumer.flush(2);
    expect(stage.read()).toEqual({ ticks: [], discarded: 30, problems: [] });
    remove(stage.world, `${OUTPUT}/ust/pid/${name}`);
    stage.consumer.flush(3);
    expect(stage.outcomes.slice(1)).toEqual([LOST, LOST.replace('2', '3')]);
    expect(stage.read()).toEqual({ ticks: [], discarded: 30, problems: [] });
  });

  it('have truncated leaves the file as it is, and counts what was in it', () => {
    const { outcome, read } = spoiled(({ files }, directory) => {
      const file = must(files.open(`${directory}/${FILE}`, 'append'));
      must(file.truncate(0));
      file.close();
    });
    expect(outcome).toBe(LOST);
    expect(read).toEqual({ ticks: rest, discarded: 30, problems: [] });
  });

  it.each(['metadata', FILE])('have replaced in part (%s) leaves the new file alone', (name) => {
    const { outcome, read } = spoiled(({ files }, directory) => {
      const other = must(files.open(`${directory}/other`, 'append'));
      must(files.rename(`${directory}/other`, `${directory}/${name}`));
      other.close();
    });
    expect(outcome).toBe(LOST);
    expect(read.ticks).toEqual(rest);
    expect(read.discarded).toBe(30);
  });

  it('have moved begins another trace, and counts nothing: all is where it was moved', () => {
    const { outcome, said, read } = spoiled(({ files }, directory) => {
      must(files.rename(directory, `${OUTPUT}/kept`));
    });
    expect(outcome).toBe('flushed 2, 0 events and 0 streams lost, 1 moved');
    expect(said).toContain('trace.moved');
    expect(read).toEqual({ ticks: upTo(50), discarded: 0, problems: [] });
  });

  it('have moved with its whole output begins one further trace, and says so once', () => {
    const stage = makeStage(SHAPE, 0);
    const { files } = stage.world;
    must(files.holdDirectory(OUTPUT));
    stage.emit(30);
    stage.consumer.flush(1);
    must(files.rename(OUTPUT, `${OUTPUT}-kept`));
    for (let token = 2; token < 6; token++) {
      stage.emit(10);
      stage.consumer.flush(token);
      stage.simulation.run({ forMs: 200 });
    }
    expect(stage.outcomes.at(-1)).toBe('flushed 5, 0 events and 0 streams lost, 1 moved');
    const said = stage.simulation.log.filter(({ event }) => event === 'trace.moved');
    expect(said).toHaveLength(1);
    expect(must(files.list(`${OUTPUT}/ust/pid`))).toHaveLength(2);
    expect(stage.read()).toEqual({ ticks: upTo(70), discarded: 0, problems: [] });
  });

  it('notices a loss while it writes, without a flush', () => {
    const stage = makeStage(SHAPE, 10_000);
    stage.emit(600);
    stage.simulation.run({ forMs: 50 });
    const [name = ''] = must(stage.world.files.list(`${OUTPUT}/ust/pid`));
    remove(stage.world, `${OUTPUT}/ust/pid/${name}`);
    stage.simulation.run({ forMs: SCRUTINY_MS });
    stage.emit(600);
    stage.simulation.run({ forMs: 50 });
    expect(stage.changes.at(-1)).toMatch(/^, \d+ events and 0 streams lost, 0 moved$/);
    stage.consumer.endStream(3);
    const { ticks, discarded } = stage.read();
    expect(ticks.length + discarded).toBe(1200);
  });
});
