/**
 * What applications do when they are not traced: the same programs with the same workloads, as the same users, on a
 * machine where neither the library nor anything of ours is.
 */

import type { ScenarioInput } from '../input/scenario.ts';
import type { Workload } from '../input/workload.ts';
import { type Life, lifeOf } from '../ledger/application-account.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Simulation } from '../machine/simulation.ts';
import type { Pair } from '../oracles/interference.ts';
import { runUntraced } from '../programs/application.ts';

/** Runs all applications of a run once more, without the library. They are paired by who started whom. */
export function runAlone(
  { seed, users, groups }: ScenarioInput,
  { threads }: Ledger,
  traced: Simulation,
): Pair[] {
  const lives = new Map<string, Life>();
  const whoHas = (pid: number): string => alone.process(pid)?.label ?? '';
  const alone = new Simulation({
    seed,
    users,
    groups,
    programs: {
      application: (world, [text = '']) => {
        const life = lifeOf(JSON.parse(text) as Workload);
        lives.set(whoHas(world.identity.pid), life);
        runUntraced(world, life, { now: () => alone.now, whoHas });
      },
    },
  });
  const processes = new Map(traced.processes().map((process) => [process.label, process]));
  const accounts = new Map(threads.map((thread) => [thread.who, thread]));
  const started = new Set(
    threads.flatMap(({ life }) => life?.children.flatMap(({ who }) => who ?? []) ?? []),
  );
  const roots = threads.flatMap(({ who, life }) => {
    const process = processes.get(who);
    if (life === undefined || process === undefined || started.has(who)) return [];
    const { userName } = process.spec;
    const args = [JSON.stringify(life.workload)];
    return [{ who, alone: alone.spawn(userName, 'application', args).label }];
  });
  alone.run();
  const aloneProcesses = new Map(alone.processes().map((process) => [process.label, process]));

  const pairs: Pair[] = [];
  const pair = (who: string | undefined, whoAlone: string | undefined): void => {
    const account = accounts.get(who ?? '');
    const [process, aloneProcess] = [processes.get(who ?? ''), aloneProcesses.get(whoAlone ?? '')];
    const aloneLife = lives.get(whoAlone ?? '');
    const life = account?.life;
    if (account === undefined || life === undefined || process === undefined) return;
    if (aloneLife === undefined || aloneProcess === undefined) return;
    pairs.push({ traced: account, life, process, aloneLife, aloneProcess });
    for (const [nth, child] of life.children.entries()) {
      pair(child.who, aloneLife.children[nth]?.who);
    }
  };
  for (const { who, alone: whoAlone } of roots) pair(who, whoAlone);
  return pairs;
}
