/** Processes as the machine knows them, for those who write a ledger. */

import type { SimProcess, Simulation } from '../machine/simulation.ts';
import type { Ledger } from './ledger.ts';
import type { RunContext } from './run-context.ts';

/** Names for the processes of a machine, which programs know by their ids. */
export function namesIn(simulation: () => Simulation): Pick<RunContext, 'whoHas' | 'whoServed'> {
  return {
    whoHas: (pid) => simulation().process(pid)?.label ?? '',
    // It may be gone since it said that it serves.
    whoServed: (pid) =>
      simulation()
        .processes()
        .findLast((each) => each.pid === pid && each.program === 'lttng-sessiond')?.label,
  };
}

function byLabel(simulation: Simulation): ReadonlyMap<string, SimProcess> {
  return new Map(simulation.processes().map((process) => [process.label, process]));
}

export function recordThreads(simulation: Simulation, { threads }: Ledger): void {
  const processes = byLabel(simulation);
  for (const thread of threads) thread.endedAt = processes.get(thread.who)?.endedAt;
}

/** From their own word: the log says when a registry serves. */
export function recordRegistries(simulation: Simulation, { registries }: Ledger): void {
  const processes = byLabel(simulation);
  for (const { event, who, time, fields } of simulation.log) {
    if (event !== 'registry.ready') continue;
    const scope = fields['scope'] === 'global' ? 'global' : 'user';
    const { uid = -1, endedAt } = processes.get(who) ?? {};
    registries.push({ who, scope, uid, readyAt: time, endedAt });
  }
}
