/** Refers to the machine of a run before it exists: the machine is made from programs that need its clock. */
import { assert } from '../../src/base/assert.ts';
import type { AnySignal } from '../machine/process/signals.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import type { MachineQueries } from '../timeline/collector.ts';

export class MachineReference implements MachineQueries {
  #simulation: Simulation | undefined;

  attach(simulation: Simulation): void {
    this.#simulation = simulation;
  }

  get simulation(): Simulation {
    const simulation = this.#simulation;
    assert(simulation !== undefined, 'nothing uses the machine before it exists');
    return simulation;
  }

  readonly now = (): number => this.simulation.now;

  steps(): number {
    return this.simulation.steps;
  }

  process(pid: number): SimProcess | undefined {
    return this.simulation.process(pid);
  }

  labelled(who: string): SimProcess | undefined {
    return this.simulation.processes().find(({ label }) => label === who);
  }

  /** Sends a signal to the processes of a user that run this program. */
  signalAll(name: 'lttng-sessiond' | 'lttng', uid: number, signal: AnySignal): void {
    for (const { program, pid, uid: owner, isAlive } of this.simulation.processes()) {
      const isMeant = program === name && owner === uid && isAlive;
      if (isMeant) this.simulation.signal(pid, signal);
    }
  }
}
