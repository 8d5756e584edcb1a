/** Metadata that gets another clock offset: whole at each moment, whatever fails or is killed on the way. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { decodeUtf8 } from '../../../../src/base/utf8.ts';
import { streamMetadata } from '../../../../src/ctf/metadata.ts';
import { openTrace } from '../../../../src/ctf/read/reader.ts';
import type { World } from '../../../../src/port/world.ts';
import { ProcessTrace, type RecordingSite } from '../../../../src/recorder/process-trace.ts';
import { renewMetadata } from '../../../../src/recorder/renewed-metadata.ts';
import { must } from '../../../support/ring/memory.ts';

const SITE: RecordingSite = {
  output: '/home/alice/out',
  session: { name: 'web', uuid: '00000000-0000-4000-8000-00000000000a' },
  clockOffsetNs: 5n,
  clockUuid: '00000000-0000-4000-8000-000000000000',
  tracerMajor: 0,
  tracerMinor: 1,
};
const TRACED = { pid: 77, startedAt: 1, processName: 'app' };
const ALICE = { users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }], groups: {} };

let simulation: Simulation;
let world: World;
beforeEach(() => {
  simulation = new Simulation({ seed: 1, ...ALICE, programs: {} });
  ({ world } = simulation.login('alice'));
});

function begun(of: World = world): ProcessTrace {
  const trace = ProcessTrace.fresh(of, SITE, TRACED);
  must(trace.open());
  must(trace.declare(streamMetadata(0)));
  return trace;
}
const namesIn = (directory: string): string[] => must(world.files.list(directory));

/** The offset and the streams that a reader finds. */
function readIn(directory: string): { offset: bigint | undefined; streams: readonly number[] } {
  const trace = must(openTrace(world.files, directory));
  const { clocks, streams } = trace.schema;
  trace.close();
  return { offset: [...clocks.values()][0]?.offsetNs, streams: [...streams.keys()] };
}

describe('a trace that is open', () => {
  it('goes on in the new file, whose lock it has', () => {
    const trace = begun();
    must(trace.renewClock(9n));
    must(trace.declare(streamMetadata(1)));
    expect(readIn(trace.directory)).toEqual({ offset: 9n, streams: [0, 1] });
    expect(namesIn(trace.directory)).toEqual(['metadata']);
    expect(must(trace.standing())).toBe('here');
    const other = simulation.login('alice').world;
    expect(renewMetadata(other.files, trace.directory, 1n)).toMatchObject({
      error: { code: 'EAGAIN' },
    });
    trace.close();
    must(renewMetadata(other.files, trace.directory, 1n));
    expect(readIn(trace.directory).offset).toBe(1n);
  });

  it('has the offset when it begins, if nothing is declared yet', () => {
    const trace = ProcessTrace.fresh(world, SITE, TRACED);
    must(trace.open());
    must(trace.renewClock(9n));
    must(trace.declare(streamMetadata(0)));
    expect(readIn(trace.directory)).toEqual({ offset: 9n, streams: [0] });
  });

  it('keeps the file that it has when the disk is full', () => {
    const trace = begun();
    simulation.setDiskCapacity(0);
    expect(trace.renewClock(9n)).toMatchObject({ error: { code: 'ENOSPC' } });
    simulation.setDiskCapacity(undefined);
    expect(namesIn(trace.directory)).toEqual(['metadata']);
    expect(readIn(trace.directory)).toEqual({ offset: 5n, streams: [0] });
    must(trace.declare(streamMetadata(1)));
    expect(readIn(trace.directory)).toEqual({ offset: 5n, streams: [0, 1] });
  });

  it('leaves alone what others have put in the place of its file', () => {
    const trace = begun();
    must(world.files.rename(trace.directory, `${SITE.output}/moved`));
    must(world.files.makeDirectory(trace.directory, 0o700));
    must(world.files.open(`${trace.directory}/metadata`, 'create', 0o600)).close();
    must(trace.renewClock(9n));
    expect(must(world.files.info(`${trace.directory}/metadata`)).byteLength).toBe(0);
    expect(readIn(`${SITE.output}/moved`).offset).toBe(5n);
  });
});

it('is on the disk when it has its name', () => {
  const trace = begun();
  simulation.syncDisk();
  must(trace.renewClock(9n));
  simulation.crashMachine();
  ({ world } = simulation.login('alice'));
  expect(readIn(trace.directory)).toEqual({ offset: 9n, streams: [0] });
});

describe('a trace that no consumer has open', () => {
  it('keeps an incomplete declaration for the next consumer, which cuts it off', () => {
    const trace = begun();
    must(trace.declare('\nstream {\n\tid = 1'));
    trace.close();
    must(renewMetadata(world.files, trace.directory, 123_456_789n));
    expect(readIn(trace.directory)).toEqual({ offset: 123_456_789n, streams: [0] });
    const next = ProcessTrace.at(world, SITE, TRACED, trace.key);
    expect(next?.open().ok).toBe(true);
    expect(next?.declare(streamMetadata(1)).ok).toBe(true);
    expect(readIn(trace.directory).streams).toEqual([0, 1]);
  });

  it('stays as it is without a clock', () => {
    const trace = begun();
    trace.close();
    const path = `${trace.directory}/metadata`;
    const file = must(world.files.open(path, 'append'));
    must(file.truncate(13));
    file.close();
    expect(renewMetadata(world.files, trace.directory, 1n)).toMatchObject({
      error: { code: 'EINVAL', subject: path },
    });
    expect(namesIn(trace.directory)).toEqual(['metadata']);
  });
});

it('is the one or the other after a kill before any call, and the next attempt finishes it', () => {
  const found = new Set<bigint | undefined>();
  const left = new Set<string>();
  for (let calls = 1; calls < 40; calls++) {
    simulation = new Simulation({
      seed: calls,
      ...ALICE,
      programs: {
        consumer: (of) => {
          const trace = begun(of);
          must(trace.renewClock(9n));
          of.processes.exit(0);
        },
      },
    });
    const { pid } = simulation.spawn('alice', 'consumer');
    simulation.killAtCall(pid, calls);
    simulation.run({ forMs: 10 });
    ({ world } = simulation.login('alice'));
    const parent = `${SITE.output}/ust/pid`;
    const [name] = world.files.list(parent).ok ? namesIn(parent) : [];
    const directory = `${parent}/${name}`;
    if (!world.files.info(`${directory}/metadata`).ok) continue;
    const { offset, streams } = readIn(directory);
    expect(streams).toEqual([0]);
    expect([5n, 9n]).toContain(offset);
    found.add(offset);
    for (const each of namesIn(directory)) left.add(each);
    must(renewMetadata(world.files, directory, 7n));
    expect(readIn(directory)).toEqual({ offset: 7n, streams: [0] });
    expect(namesIn(directory)).toEqual(['metadata']);
    // Nothing of the copy that was left is in it.
    const text = decodeUtf8(simulation.readFile(`${directory}/metadata`) ?? new Uint8Array(0));
    expect(text.split('/* CTF 1.8 */')).toHaveLength(2);
  }
  expect(found).toEqual(new Set([5n, 9n]));
  expect([...left].sort()).toEqual(['.metadata.new', 'metadata']);
});
