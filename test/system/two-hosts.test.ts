/**
 * Two machines on one clock, each with its own registry, applications and recordings: both traces are complete, neither
 * machine sees objects of the other, and faults of one do not change the other.
 */

import { describe, expect, it } from 'vitest';
import type { Script } from '../../sim/input/scenario.ts';
import type { Workload } from '../../sim/input/workload.ts';
import { namesIn } from '../../sim/ledger/from-machine.ts';
import { emptyLedger, type Ledger } from '../../sim/ledger/ledger.ts';
import { sessionsIn } from '../../sim/ledger/sessions.ts';
import { readTraces, type TraceContent, writtenBy } from '../../sim/ledger/trace-content.ts';
import { QUIRKS, type Quirk } from '../../sim/machine/core/quirks.ts';
import { Scheduler, type SimProcess, Simulation } from '../../sim/machine/simulation.ts';
import { checkConduct, checkLeftovers } from '../../sim/oracles/conduct.ts';
import { checkConservation } from '../../sim/oracles/conservation.ts';
import { NO_TOLERANCE } from '../../sim/oracles/tolerance.ts';
import { programsFor } from '../../sim/programs/programs.ts';
import type { SegmentRef } from '../../src/port/shared-memory.ts';
import { must } from '../support/ring/memory.ts';
import { GROUPS, USERS } from '../support/simulated/users.ts';

const RUN_MS = 10_000;
const END_MS = 40_000;
const SEEDS = [1, 2, 3, 4, 5];

/** A machine, and the events that each application on it emits: their name and how many. */
interface Share {
  readonly host: string | undefined;
  readonly name: string;
  readonly count: number;
  readonly quirks: readonly Quirk[];
}

const ALPHA: Share = { host: 'alpha', name: 'a', count: 40, quirks: [] };
const BETA: Share = { host: 'beta', name: 'b', count: 70, quirks: [] };
/** A machine on which every event that may happen at any time happens now and then. */
const ODD: Share = { host: 'odd', name: 'o', count: 30, quirks: QUIRKS };
const UNNAMED: Share = { ...ODD, host: undefined };

function workload({ name, count }: Share): Workload {
  const emit = { do: 'emit', of: name, count: 1, characters: 20 } as const;
  return {
    steps: [
      ...Array.from({ length: count }, (_, at) => ({ ...emit, at })),
      { at: 2 * count, do: 'exit', code: 0 },
    ],
  };
}

/** The registry of all, two recordings of alice, and an application of carol that no session records. */
function scripts(share: Share): Script[] {
  const record = (name: string): Script['steps'][number] => ({
    at: 10,
    do: 'lttng',
    command: {
      kind: 'record',
      name,
      output: `/home/alice/${name}`,
      patterns: ['*'],
      workload: workload(share),
    },
  });
  return [
    { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
    { user: 'alice', steps: [record('first'), record('second')] },
    { user: 'carol', steps: [{ at: 5, do: 'application', workload: workload(share) }] },
  ];
}

/** One machine and its ledger. */
class Site {
  readonly machine: Simulation;
  readonly ledger: Ledger = emptyLedger();
  /** The trace of its World calls and deliveries. */
  readonly calls: string[] = [];

  constructor(scheduler: Scheduler, share: Share) {
    this.machine = new Simulation({
      ...(share.host === undefined ? { scheduler } : { scheduler, name: share.host }),
      users: USERS,
      groups: GROUPS,
      quirks: share.quirks,
      trace: (line) => this.calls.push(line),
      programs: programsFor({
        ledger: this.ledger,
        now: () => this.machine.now,
        ...namesIn(() => this.machine),
        onAnswered: () => undefined,
        terminate: () => undefined,
        groupOf: () => undefined,
        kernelDoes: () => undefined,
        interrupt: () => undefined,
        regroup: () => undefined,
        makeLink: () => undefined,
        killAtCall: () => undefined,
        systems: new Map(),
        inspect: undefined,
      }),
    });
    for (const script of scripts(share)) {
      this.machine.spawn(script.user, 'script', [JSON.stringify(script)]);
    }
  }

  living(program: string): SimProcess[] {
    return this.machine
      .processes()
      .filter((process) => process.program === program && process.isAlive);
  }

  endRegistry(): void {
    for (const { pid } of this.living('lttng-sessiond')) this.machine.signal(pid, 'SIGTERM');
  }

  traceOf(output: string): TraceContent {
    return readTraces(this.machine.login('root').world.files, output);
  }

  /** The findings of its oracles, after all its programs have ended. */
  findings(): unknown[] {
    const sessions = sessionsIn(this.ledger);
    return [
      ...sessions.flatMap((session) => {
        const content = writtenBy(session.uuid, this.traceOf(session.output));
        return checkConservation(this.ledger, sessions, session, content);
      }),
      ...checkConduct(this.machine, true),
      ...checkLeftovers(this.machine, NO_TOLERANCE),
    ];
  }

  /** Names of the events in its traces, one each. */
  recorded(): string[] {
    return sessionsIn(this.ledger).flatMap(({ output }) =>
      this.traceOf(output).streams.flatMap(({ events }) => events.map(({ name }) => name)),
    );
  }

  emitted(): number {
    const all = this.ledger.threads.flatMap(({ emissions }) => emissions);
    return all.filter(({ isEnabled }) => isEnabled).length;
  }
}

/** So many machines on one clock, run until their registries have ended. */
function run(
  seed: number,
  shares: readonly Share[],
  meanwhile: (sites: readonly Site[]) => void = () => undefined,
): { scheduler: Scheduler; sites: readonly Site[] } {
  const scheduler = new Scheduler(seed);
  const sites = shares.map((share) => new Site(scheduler, share));
  scheduler.run({ forMs: 100 });
  meanwhile(sites);
  scheduler.run({ forMs: RUN_MS });
  for (const site of sites) site.endRegistry();
  scheduler.run({ forMs: END_MS });
  return { scheduler, sites };
}

function expectWhole(site: Site | undefined, { name, count }: Share): void {
  expect(site?.findings()).toEqual([]);
  expect(site?.recorded()).toEqual(Array.from({ length: 2 * count }, () => `sim:${name}`));
  expect(site?.emitted()).toBe(2 * count);
  const results = site?.ledger.commands.flatMap((command) => command.results) ?? [];
  expect(results.filter(({ kind }) => kind === 'failure')).toEqual([]);
}

/** Each machine has its own pids: equal pids of two machines name different processes. */
function pidsOf({ machine }: Site): number[] {
  return machine.processes().map(({ pid }) => pid);
}

describe('two machines on one clock', () => {
  it.each(SEEDS)('record what their own applications emit (seed %i)', (seed) => {
    const { sites } = run(seed, [ALPHA, BETA]);
    expectWhole(sites[0], ALPHA);
    expectWhole(sites[1], BETA);
  });

  it.each(SEEDS)('do so when odd things happen on both (seed %i)', (seed) => {
    const other = { ...BETA, quirks: QUIRKS };
    const { sites } = run(seed, [ODD, other]);
    expectWhole(sites[0], ODD);
    expectWhole(sites[1], other);
    for (const { machine } of sites) expect(machine.quirks.length).toBeGreaterThan(8);
  });

  it('run at the same time', () => {
    run(1, [ALPHA, BETA], ([alpha, beta]) => {
      for (const site of [alpha, beta]) {
        expect(site?.living('lttng-sessiond')).toHaveLength(1);
        expect(site?.living('ust-consumerd')).toHaveLength(1);
        expect(site?.living('application').length).toBeGreaterThan(0);
        expect(site?.machine.segments().length).toBeGreaterThan(0);
      }
    });
  });

  it('are the same run with the same seed, and another with another', () => {
    const [first, again, other] = [1, 1, 2].map((seed) => run(seed, [ALPHA, BETA]).scheduler);
    expect(again?.hash()).toBe(first?.hash());
    expect(again?.steps).toBe(first?.steps);
    expect(other?.hash()).not.toBe(first?.hash());
  });

  it.each([
    ['one of them', ALPHA],
    ['one with all quirks', ODD],
    ['one without a name', UNNAMED],
  ])('make the calls that each makes alone: %s', (_, share) => {
    for (const seed of SEEDS) {
      const [alone] = run(seed, [share]).sites;
      for (const shares of [
        [share, BETA],
        [{ ...BETA, quirks: QUIRKS }, share],
      ]) {
        const beside = run(seed, shares).sites[shares.indexOf(share)];
        expect(beside?.calls).toEqual(alone?.calls);
      }
      expect(alone?.calls.length).toBeGreaterThan(1000);
    }
  });
});

describe('nothing of one machine is seen on the other', () => {
  const scheduler = new Scheduler(1);
  const [alpha, beta] = [new Site(scheduler, ALPHA), new Site(scheduler, BETA)];
  const [here, there] = [alpha, beta].map(({ machine }) => machine.login('root').world);
  scheduler.run({ forMs: 100 });
  if (here === undefined || there === undefined) throw new Error('a user has not logged in');

  it('no file and no lock', () => {
    const made = here.files.open('/tmp/mine', 'create');
    if (!made.ok) throw new Error(made.error.code);
    expect(made.value.lock().ok).toBe(true);
    expect(there.files.info('/tmp/mine')).toMatchObject({ error: { code: 'ENOENT' } });
    const others = there.files.open('/tmp/mine', 'create');
    expect(others.ok && others.value.lock().ok).toBe(true);
    alpha.machine.setDiskCapacity(1);
    expect(made.value.append([new Uint8Array(10)])).toMatchObject({ error: { code: 'ENOSPC' } });
    expect(others.ok && others.value.append([new Uint8Array(10)])).toMatchObject({ value: 10 });
    alpha.machine.setDiskCapacity(undefined);
  });

  it('no socket', () => {
    const outcomes: string[] = [];
    const options = { mode: 0o666 };
    const accept = (): void => void outcomes.push('accepted');
    expect(here.unix.listen('/tmp/mine.sock', options, accept).ok).toBe(true);
    there.unix.connect('/tmp/mine.sock', {}, (outcome) => {
      outcomes.push(outcome.ok ? 'connected' : outcome.error.code);
    });
    scheduler.run({ forMs: 50 });
    expect(outcomes).toEqual(['ENOENT']);
  });

  it('no pipe and no segment', () => {
    expect(here.pipes.create('/tmp/mine.pipe', { mode: 0o666 }).ok).toBe(true);
    expect(there.pipes.signal('/tmp/mine.pipe')).toMatchObject({ error: { code: 'ENOENT' } });
    const make = (): SegmentRef => must(here.memory.create(4096, { uid: 0, gid: 0, mode: 0o600 }));
    for (let made = 1; made < 10; made++) make();
    const last = make();
    expect(here.memory.info(last).ok).toBe(true);
    expect(there.memory.info(last)).toMatchObject({ error: { code: 'EIDRM' } });
    expect(alpha.machine.segments().length - beta.machine.segments().length).toBe(10);
  });

  it('no process, though both have the same ids', () => {
    expect(pidsOf(alpha).slice(0, 5)).toEqual(pidsOf(beta).slice(0, 5));
    for (let n = 0; n < 10; n++) alpha.machine.login('bob');
    const last = alpha.machine.login('bob').pid;
    expect([here, there].map(({ processes }) => processes.isAlive(last))).toEqual([true, false]);
    const same = pidsOf(alpha)[0] ?? 0;
    expect(alpha.machine.process(same)).not.toBe(beta.machine.process(same));
  });

  it('no name and no clock', () => {
    expect([here, there].map(({ identity }) => identity.hostname)).toEqual(['alpha', 'beta']);
    alpha.machine.faultControls.stepRealtime(3_600_000);
    const [one = 0n, other = 0n] = [here, there].map(({ clock }) => clock.realtimeNs());
    expect(Number((one - other) / 1_000_000n)).toBeCloseTo(3_600_000, -1);
  });

  it('and code of one machine cannot make calls of the other', () => {
    let thrown: unknown;
    here.clock.setTimer(1, () => {
      try {
        there.clock.monotonicNs();
      } catch (error) {
        thrown = error;
      }
    });
    scheduler.run({ forMs: 10 });
    expect(String(thrown)).toContain('outside the events of its process');
  });
});

describe('what happens to one machine', () => {
  const BLOWS: Readonly<Record<string, (machine: Simulation) => void>> = {
    'kill -9 of all its processes': (machine) => {
      for (const { pid, isAlive } of machine.processes()) if (isAlive) machine.kill(pid);
    },
    'a power failure': (machine) => machine.crashMachine({ keepSomeBytes: true }),
    'a full disk, late messages and a step of its clock': (machine) => {
      machine.setDiskCapacity(0);
      machine.faultControls.delayMessages(500, 50);
      machine.faultControls.stepRealtime(-60_000);
    },
  };

  it.each(Object.keys(BLOWS))('leaves the other as it is: %s', (name) => {
    for (const seed of SEEDS) {
      const undisturbed = run(seed, [ALPHA, BETA]).sites;
      const struck = run(seed, [ALPHA, BETA], ([alpha]) => {
        if (alpha !== undefined) BLOWS[name]?.(alpha.machine);
      }).sites;
      expect(struck[1]?.calls).toEqual(undisturbed[1]?.calls);
      expect(struck[0]?.calls).not.toEqual(undisturbed[0]?.calls);
      expectWhole(struck[1], BETA);
    }
  });
});
