/** A program that never comes to rest does not hang the simulator: the simulator stops it and names it. */
import { describe, expect, it } from 'vitest';
import { CALLS_AT_ONCE_MAX } from '../../../../../sim/machine/core/endless.ts';
import { type Program } from '../../../../../sim/machine/process/program.ts';
import { EndlessError, Simulation } from '../../../../../sim/machine/simulation.ts';
import { GROUPS, USERS } from '../../../../support/simulated/users.ts';

const STEPS_MAX = 5000;

function machineWith(program: Program): Simulation {
  const programs = { busy: program, calm: () => undefined };
  const simulation = new Simulation({
    ...{ seed: 1, users: USERS, groups: GROUPS, programs },
    stepsMax: STEPS_MAX,
  });
  simulation.spawn('alice', 'calm');
  simulation.spawn('alice', 'busy');
  return simulation;
}

describe('a program that never comes to rest', () => {
  it('is named when the machine has used up its deliveries', () => {
    const simulation = machineWith(({ clock }) => {
      const again = (): void => void clock.setTimer(0, again);
      again();
    });
    const run = (): void => simulation.run({ forMs: 1_000_000 });
    expect(run).toThrow(EndlessError);
    expect(run).toThrow(
      /5000 deliveries in .* of the last 1000 1000 were "timer" to alice\/busy\.0$/,
    );
  });

  it('ends when it makes calls and does not return', () => {
    const simulation = machineWith(({ clock }) => {
      try {
        for (;;) clock.realtimeNs();
      } catch {
        // The process has ended, whatever it catches.
        for (;;) clock.realtimeNs();
      }
    });
    simulation.run({ forMs: 1_000_000 });
    const [violation, ...others] = simulation.violations;
    expect(others).toEqual([]);
    expect(violation?.error).toBeInstanceOf(EndlessError);
    expect(String(violation?.error)).toContain(`alice/busy.0 made ${CALLS_AT_ONCE_MAX} calls`);
    expect(simulation.processes().filter(({ isAlive }) => isAlive)).toEqual([]);
  });

  it('may be as busy as it likes within the limits', () => {
    let times = 0;
    const simulation = machineWith(({ clock }) => {
      const again = (): void => {
        if (++times < STEPS_MAX / 2) clock.setTimer(0, again);
      };
      again();
    });
    simulation.run();
    expect(times).toBe(STEPS_MAX / 2);
    expect(simulation.violations).toEqual([]);
  });
});
