/** Completes a ledger with the processes of the simulated machine. */

import type { SimProcess, Simulation } from '../machine/simulation.ts';
import type { Ledger } from './ledger.ts';
import type { RunContext } from './run-context.ts';

/** Maps process ids, which programs know, to the names of processes. */
export function namesIn(simulation: () => Simulation): Pick<RunContext, 'whoHas' | 'whoServed'> {
  return {
    whoHas: (pid) => simulation().process(pid)?.label ?? '',
    // The registry may have ended since it answered.
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

/** Records the registries that served, according to their own log lines. */
export function recordRegistries(simulation: Simulation, { registries }: Ledger): void {
  const processes = byLabel(simulation);
  for (const { event, who, time, fields } of simulation.log) {
    if (event !== 'registry.ready') continue;
    const scope = fields['scope'] === 'global' ? 'global' : 'user';
    const { uid = -1, endedAt } = processes.get(who) ?? {};
    registries.push({ who, scope, uid, readyAt: time, endedAt });
  }
}
