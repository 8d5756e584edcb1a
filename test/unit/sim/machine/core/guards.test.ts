/** The guards detect hidden inputs of simulated code, which would make a run depend on more than its seed. */
import { beforeEach, describe, expect, it } from 'vitest';
import { FORBIDDEN } from '../../../../../sim/machine/core/guards.ts';
import { EPOCH_NS } from '../../../../../sim/machine/core/scheduler.ts';
import { type Program } from '../../../../../sim/machine/process/program.ts';
import { Simulation } from '../../../../../sim/machine/simulation.ts';
import { NS_PER_MS_BIGINT, NS_PER_SECOND_BIGINT } from '../../../../../src/base/time.ts';
import type { World } from '../../../../../src/port/world.ts';
import { GROUPS, USERS } from '../../../../support/simulated/users.ts';

function simulate(programs: Readonly<Record<string, Program>>): Simulation {
  const simulation = new Simulation({ seed: 1, users: USERS, groups: GROUPS, programs });
  for (const name of Object.keys(programs)) simulation.spawn('alice', name);
  return simulation;
}

/** Messages of the violations of a program that calls `act`. */
function blame(act: (world: World) => void): string[] {
  const simulation = simulate({ suspect: (world) => act(world) });
  simulation.run();
  return simulation.violations.map(({ error }) => (error instanceof Error ? error.message : ''));
}

// The test runner removes the guard of process.nextTick while it reports to its parent process, until the next tick.
beforeEach(() => new Promise<void>((resolve) => setImmediate(resolve)));

describe('guards', () => {
  it.each<[string, () => unknown]>([
    ['Math.random', () => Math.random()],
    ['crypto.randomUUID', () => crypto.randomUUID()],
    ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
    ['setTimeout', () => setTimeout(() => {}, 1)],
    ['setInterval', () => setInterval(() => {}, 1)],
    ['setImmediate', () => setImmediate(() => {})],
    ['queueMicrotask', () => queueMicrotask(() => {})],
    ['process.nextTick', () => process.nextTick(() => {})],
    ['process.hrtime', () => process.hrtime()],
    ['process.hrtime.bigint', () => process.hrtime.bigint()],
    ['Promise.prototype.then', () => Promise.resolve(1).then(() => {})],
    ['MessageChannel', () => new MessageChannel()],
    ['WeakRef', () => new WeakRef({})],
    ['FinalizationRegistry', () => new FinalizationRegistry(() => {})],
    ['Date.prototype.getHours', () => new Date(0).getHours()],
    ['Date.prototype.getTimezoneOffset', () => new Date(0).getTimezoneOffset()],
    ['Date.prototype.toString', () => new Date(0).toString()],
    ['new Date in local time', () => new Date(2020, 0, 1)],
    ['Date in local time', () => Date()],
    ['Date.prototype.toLocaleString', () => new Date(0).toLocaleString()],
    ['Number.prototype.toLocaleString', () => (1).toLocaleString()],
    ['String.prototype.localeCompare', () => 'a'.localeCompare('b')],
    ['Intl.Collator', () => new Intl.Collator()],
  ])('%s', (what, act) => {
    expect(blame(() => void act())).toEqual([`A simulated run used ${what}`]);
    expect(act).not.toThrow();
  });

  it('do not apply to observers', () => {
    const drawn: number[] = [];
    const look = (): void => {
      process.nextTick(() => undefined);
      drawn.push(Math.random());
    };
    const simulation = new Simulation({
      seed: 1,
      users: USERS,
      groups: GROUPS,
      programs: { suspect: (world) => void world.clock.monotonicNs() },
      observer: look,
      trace: look,
    });
    simulation.spawn('alice', 'suspect');
    simulation.run();
    expect(drawn.length).toBeGreaterThan(2);
    expect(simulation.violations).toEqual([]);
  });

  it('know only functions that the host has', () => {
    const missing = FORBIDDEN.filter((path) => {
      let holder: unknown = globalThis;
      for (const step of path.split('.')) {
        holder = (holder as Readonly<Record<string, unknown>> | undefined)?.[step];
      }
      return typeof holder !== 'function';
    });
    expect(missing).toEqual([]);
  });

  it('serve virtual time', () => {
    const seen: number[] = [];
    const simulation = simulate({
      clockwork: ({ clock }) => {
        clock.setTimer(1000, () => {
          seen.push(Date.now(), new Date().getTime(), Math.floor(performance.now()));
        });
      },
    });
    simulation.run();
    const expected = Number((EPOCH_NS + NS_PER_SECOND_BIGINT) / NS_PER_MS_BIGINT);
    expect(simulation.violations).toEqual([]);
    expect(seen.map((value) => value - expected)).toEqual([0, 0, 0]);
    expect(Date.now()).not.toBe(expected);
  });

  it('notice a World call after an await, and through the World of another process', async () => {
    let other: World | undefined;
    let late: Promise<void> | undefined;
    const stay = ({ clock }: World): void => void clock.setTimer(1000, () => {});
    const simulation = simulate({
      asynchronous: (world) => {
        stay(world);
        const later = async (): Promise<void> => {
          await Promise.resolve();
          world.files.open('/tmp/late', 'create');
        };
        late = later();
      },
      victim: (world) => {
        stay(world);
        other = world;
      },
      thief: (world) => {
        world.clock.setTimer(500, () => void other?.files.open('/tmp/stolen', 'create'));
      },
    });
    simulation.run({ forMs: 100 });
    await expect(late).rejects.toThrow('files.open');
    simulation.run();
    expect(
      simulation.violations.map(({ program, error }) => `${program}: ${String(error)}`),
    ).toEqual([
      'asynchronous: HiddenInputError: A simulated run used files.open outside the events of its process',
      'victim: HiddenInputError: A simulated run used files.open outside the events of its process',
      'thief: HiddenInputError: A simulated run used files.open outside the events of its process',
    ]);
    expect(simulation.listFiles().filter(({ path }) => /late|stolen/.test(path))).toEqual([]);
  });
});
