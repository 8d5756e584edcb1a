/**
 * Runs the applications without tracing: the same programs with the same workloads, as the same users, on a machine
 * without the library and our programs.
 */

import type { ScenarioInput } from '../input/scenario.ts';
import type { Workload } from '../input/workload.ts';
import { type ApplicationAccount, applicationAccountOf } from '../ledger/application-account.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Simulation } from '../machine/simulation.ts';
import type { Pair } from '../oracles/interference.ts';
import { runUntraced } from '../programs/application.ts';

/** Repeats all applications of a run without the library. Pairs them by their position in the process tree. */
export function runAlone(
  { seed, users, groups }: ScenarioInput,
  { threads }: Ledger,
  traced: Simulation,
): Pair[] {
  const applications = new Map<string, ApplicationAccount>();
  const whoHas = (pid: number): string => alone.process(pid)?.label ?? '';
  const alone = new Simulation({
    seed,
    users,
    groups,
    programs: {
      application: (world, [text = '']) => {
        const application = applicationAccountOf(JSON.parse(text) as Workload);
        applications.set(whoHas(world.identity.pid), application);
        runUntraced(world, application, { now: () => alone.now, whoHas });
      },
    },
  });
  const processes = new Map(traced.processes().map((process) => [process.label, process]));
  const accounts = new Map(threads.map((thread) => [thread.who, thread]));
  const started = new Set(
    threads.flatMap(
      ({ application }) => application?.children.flatMap(({ who }) => who ?? []) ?? [],
    ),
  );
  const roots = threads.flatMap(({ who, application }) => {
    const process = processes.get(who);
    if (application === undefined || process === undefined || started.has(who)) return [];
    const { userName } = process.spec;
    const args = [JSON.stringify(application.workload)];
    return [{ who, alone: alone.spawn(userName, 'application', args).label }];
  });
  alone.run();
  const aloneProcesses = new Map(alone.processes().map((process) => [process.label, process]));

  const pairs: Pair[] = [];
  const pair = (who: string | undefined, whoAlone: string | undefined): void => {
    const account = accounts.get(who ?? '');
    const [process, aloneProcess] = [processes.get(who ?? ''), aloneProcesses.get(whoAlone ?? '')];
    const aloneApplication = applications.get(whoAlone ?? '');
    const application = account?.application;
    if (account === undefined || application === undefined || process === undefined) return;
    if (aloneApplication === undefined || aloneProcess === undefined) return;
    pairs.push({ traced: account, application, process, aloneApplication, aloneProcess });
    for (const [nth, child] of application.children.entries()) {
      pair(child.who, aloneApplication.children[nth]?.who);
    }
  };
  for (const { who, alone: whoAlone } of roots) pair(who, whoAlone);
  return pairs;
}
