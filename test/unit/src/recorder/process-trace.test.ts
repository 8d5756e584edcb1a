/**
 * R1.22: consumers want the same trace, and each may be held up before any of its calls while the other one goes
 * on. Whoever has opened it can begin it, and it is begun once.
 */
import { describe, expect, it } from 'vitest';
import { type StaleCheck, staleCheckText } from '../../../../sim/machine/fs/stale-checks.ts';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { streamMetadata } from '../../../../src/ctf/metadata.ts';
import type { World } from '../../../../src/port/world.ts';
import { readExistingMetadata } from '../../../../src/recorder/existing-metadata.ts';
import {
  ProcessTrace,
  type RecordingSite,
  traceKey,
} from '../../../../src/recorder/process-trace.ts';
import { must } from '../../../support/ring/memory.ts';

const SEEDS = 150;
/** Each happens: others wrote, renamed or removed what was opened before it is locked. */
const OUTDATED = ['files.byteLength, then files.lock', 'files.open, then files.lock'];
const SITE: RecordingSite = {
  output: '/home/alice/out',
  session: { name: 'web', uuid: '00000000-0000-4000-8000-00000000000a' },
  clockOffsetNs: 0n,
  clockUuid: '00000000-0000-4000-8000-000000000000',
  tracerMajor: 0,
  tracerMinor: 1,
};
/** The first trace that begins in a certain second. */
const KEY = traceKey(SITE, 1_767_225_600n, 1);
const TRACED = { pid: 77, startedAt: 1, processName: 'app' };

/** Tries to open the trace until it can. */
function whenOpen(world: World, key: bigint, then: (trace: ProcessTrace) => void): void {
  const trace = ProcessTrace.at(world, SITE, TRACED, key);
  if (trace === undefined) throw new Error('no trace has this key');
  if (trace.open().ok) then(trace);
  else world.clock.setTimer(0, () => whenOpen(world, key, then));
}

/** What the writers of one run heard, what its trace declares, and what was out of date in it. */
function contend(seed: number): {
  heard: readonly string[];
  declared: readonly number[];
  left: readonly string[];
  outdated: readonly StaleCheck[];
} {
  const heard: string[] = [];
  let streamId = 0;
  const simulation = new Simulation({
    seed,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    quirks: ['preempted'],
    programs: {
      /** Has nothing to write, again and again. */
      idle: (world) => {
        const again = (rounds: number): void =>
          whenOpen(world, KEY, (trace) => {
            trace.close();
            if (rounds > 0) world.clock.setTimer(0, () => again(rounds - 1));
          });
        again(20);
      },
      /** Declares its stream a little after it has opened the trace. */
      writer: (world) => {
        const text = streamMetadata(streamId++);
        whenOpen(world, KEY, (trace) =>
          world.clock.setTimer(0, () => {
            const declared = trace.declare(text);
            heard.push(declared.ok ? 'declared' : declared.error.code);
            trace.close();
          }),
        );
      },
    },
  });
  for (const program of ['idle', 'writer', 'writer']) simulation.spawn('alice', program);
  simulation.run({ forMs: 50 });
  expect(simulation.violations).toEqual([]);
  const { files } = simulation.login('alice').world;
  const directory = ProcessTrace.at(simulation.login('alice').world, SITE, TRACED, KEY)?.directory;
  const found = must(readExistingMetadata(files, `${directory}/metadata`));
  const declared = [...found.declared.keys()].sort((one, other) => one - other);
  return {
    heard,
    declared,
    left: must(files.list(`${directory}`)),
    outdated: simulation.staleChecks,
  };
}

it('is found by its key in its own output alone: another one, or a link to a relay, has other keys', () => {
  const { world } = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  }).login('alice');
  const isFound = (output: string, key: bigint): boolean =>
    ProcessTrace.at(world, { ...SITE, output }, TRACED, key) !== undefined;
  expect(isFound(SITE.output, KEY)).toBe(true);
  expect(isFound('/home/alice/out-2', KEY)).toBe(false);
  expect(isFound(SITE.output, ProcessTrace.fresh(world, SITE, TRACED).key)).toBe(true);
  // A link's key is a time in nanoseconds.
  expect(isFound(SITE.output, world.clock.realtimeNs())).toBe(false);
  expect(isFound(SITE.output, KEY + 100n)).toBe(false);
});

describe('the trace of a user', () => {
  const OF_USER = { ...TRACED, sharedBy: 1000 };
  const begin = (world: World, site: RecordingSite = SITE): ProcessTrace => {
    const trace = ProcessTrace.fresh(world, site, OF_USER);
    must(trace.open());
    must(trace.declare(streamMetadata(0, 'shared')));
    return trace;
  };
  const stage = () =>
    new Simulation({
      seed: 1,
      users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
      groups: {},
      programs: {},
    }).login('alice').world;

  it('is in the directory that LTTng has for it, and names its user and no process', () => {
    const world = stage();
    const trace = begin(world);
    expect(trace.directory).toBe(`${SITE.output}/ust/uid/1000/64-bit`);
    const { environment } = must(readExistingMetadata(world.files, `${trace.directory}/metadata`));
    expect(environment).toMatchObject({
      tracer_buffering_scheme: 'uid',
      tracer_buffering_id: 1000,
      architecture_bit_width: 64,
    });
    expect(environment).not.toHaveProperty('vpid');
    expect(environment).not.toHaveProperty('procname');
    expect(ProcessTrace.fresh(world, SITE, OF_USER).directory).toBe(`${trace.directory}-1`);
  });

  it('is found by its key, also when the clock has gone on, and continued', () => {
    const world = stage();
    const trace = begin(world);
    trace.close();
    const again = ProcessTrace.at(world, SITE, OF_USER, trace.key);
    expect(again?.directory).toBe(trace.directory);
    expect(again?.open().ok).toBe(true);
    expect(again?.uuid).toBe(trace.uuid);
    const elsewhere = { ...SITE, output: '/home/alice/out-2' };
    expect(ProcessTrace.at(world, elsewhere, OF_USER, trace.key)).toBeUndefined();
  });

  it('is not one that began there after it had been moved, nor one of another session', () => {
    const world = stage();
    const moved = begin(world);
    moved.close();
    must(world.files.makeDirectory(`${SITE.output}/archives`, 0o700));
    must(world.files.rename(moved.directory, `${SITE.output}/archives/old`));
    const next = begin(world);
    next.close();
    expect(next.directory).toBe(moved.directory);
    expect(next.key).not.toBe(moved.key);
    const metadata = `${next.directory}/metadata`;
    const reason = `${metadata} belongs to another trace`;
    const refused = { ok: false, error: { kind: 'strange', reason } };
    expect(ProcessTrace.at(world, SITE, OF_USER, moved.key)?.open()).toEqual(refused);
    const other = {
      ...SITE,
      session: { ...SITE.session, uuid: `${SITE.session.uuid.slice(0, -1)}b` },
    };
    expect(ProcessTrace.at(world, other, OF_USER, next.key)?.open()).toEqual(refused);
  });
});

describe('a trace that consumers contend for', () => {
  it('is begun once, by any of its users, and contains the declarations of all', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { outdated, ...outcome } = contend(seed);
      const expected = { heard: ['declared', 'declared'], declared: [0, 1], left: ['metadata'] };
      expect(outcome, `seed ${seed}`).toEqual(expected);
      for (const each of outdated) seen.add(staleCheckText(each));
    }
    expect([...seen]).toEqual(expect.arrayContaining(OUTDATED));
  });
});
