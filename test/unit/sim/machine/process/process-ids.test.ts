/** Reuse of process ids: with the quirk, new processes get only ids of processes that no longer exist. */
import { describe, expect, it } from 'vitest';
import type { Quirk } from '../../../../../sim/machine/core/quirks.ts';
import { type Program } from '../../../../../sim/machine/process/program.ts';
import { Simulation } from '../../../../../sim/machine/simulation.ts';
import { GROUPS, USERS } from '../../../../support/simulated/users.ts';

const MANY = 60;

/** Starts a child that exits at once, and waits for events. */
const parent: Program = ({ clock, processes }) => {
  const request = { program: 'lttng-ts:child', args: [], environment: {} };
  processes.spawn({ ...request, style: 'inherit' }, () => undefined);
  clock.setTimer(1_000_000, () => undefined);
};
const child: Program = ({ processes }) => processes.exit(0);

function machine(quirks: readonly Quirk[], seed = 1): Simulation {
  const programs = { parent, child };
  return new Simulation({ seed, users: USERS, groups: GROUPS, programs, quirks });
}

/** Ids of many processes, started one after the other. */
function idsOfMany(simulation: Simulation, user = 'bob'): number[] {
  return Array.from({ length: MANY }, () => {
    const { pid } = simulation.spawn(user, 'child');
    simulation.run({ forMs: 1 });
    return pid;
  });
}

describe('ids of processes', () => {
  it('are never used again by themselves', () => {
    const ids = idsOfMany(machine([]));
    expect(new Set(ids).size).toBe(MANY);
  });

  it('are used again with the quirk, and the machine reports it', () => {
    const simulation = machine(['id-reused']);
    const ids = idsOfMany(simulation);
    expect(new Set(ids).size).toBeLessThan(MANY);
    expect(simulation.quirks).toEqual(['id-reused']);
    expect(simulation.processes()).toHaveLength(MANY);
    const [again = 0] = ids.filter((id, index) => ids.indexOf(id) < index);
    const having = simulation.processes().filter(({ pid }) => pid === again);
    expect(having.length).toBeGreaterThan(1);
    expect(simulation.process(again)).toBe(having.at(-1));
  });

  it('are not used while their process lives', () => {
    const simulation = machine(['id-reused']);
    const living = simulation.spawn('alice', 'parent');
    expect(idsOfMany(simulation)).not.toContain(living.pid);
  });

  it('are not used before their parent knows of the end', () => {
    const simulation = machine(['id-reused']);
    const unaware = simulation.spawn('alice', 'parent');
    simulation.run({ stepsMax: 1 });
    const zombie = simulation.processes().find(({ spec }) => spec.parent === unaware.label);
    simulation.faultControls.stop(unaware);
    simulation.run({ forMs: 10 });
    expect(zombie).toMatchObject({ isAlive: false, isReleased: true, isGone: false });
    const { pid = 0 } = zombie ?? {};
    expect(idsOfMany(simulation)).not.toContain(pid);
    expect(() => simulation.reusePid(pid)).toThrow('an id is free when its process is gone');

    simulation.faultControls.resume(unaware);
    simulation.reusePid(pid);
    expect(simulation.spawn('bob', 'child').pid).toBe(pid);
  });

  it('are free when the parent that did not know of the end has ended itself', () => {
    const simulation = machine(['id-reused']);
    const unaware = simulation.spawn('alice', 'parent');
    simulation.run({ stepsMax: 1 });
    simulation.faultControls.stop(unaware);
    simulation.run({ forMs: 10 });
    simulation.kill(unaware.pid);
    const ids = idsOfMany(simulation);
    expect(simulation.processes().every(({ isGone }) => isGone)).toBe(true);
    expect(ids).toContain(unaware.pid);
  });

  it('are not used while a process that dies slowly holds something still', () => {
    const simulation = machine(['id-reused']);
    const slow = simulation.spawn('alice', 'parent');
    simulation.run({ forMs: 1 });
    simulation.faultControls.killSlowly(slow, 10_000);
    expect(idsOfMany(simulation)).not.toContain(slow.pid);
  });
});
