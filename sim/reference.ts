/**
 * What applications do when they are not traced: the same programs with the same workloads, as the same users, on a
 * machine where neither the library nor anything of ours is.
 */
import { type Life, lifeOf, runUntraced } from './application.ts';
import type { Ledger, ThreadAccount } from './ledger.ts';
import type { ScenarioInput } from './scenario.ts';
import type { Workload } from './workload.ts';
import { type SimProcess, Simulation } from './world/machine.ts';

/** An application that was traced, and the same one that was not. */
export interface Pair {
  readonly traced: ThreadAccount;
  readonly life: Life;
  readonly process: SimProcess;
  readonly aloneLife: Life;
  readonly aloneProcess: SimProcess;
}

/** Runs all applications of a run once more, without the library. They are paired by who started whom. */
export function runAlone(
  { seed, users, groups }: ScenarioInput,
  { threads }: Ledger,
  traced: Simulation,
): Pair[] {
  const lives = new Map<number, Life>();
  const alone = new Simulation({
    ...{ seed, users, groups },
    programs: {
      application: (world, [text = '']) => {
        const life = lifeOf(JSON.parse(text) as Workload);
        lives.set(world.identity.pid, life);
        runUntraced(world, life, () => alone.now);
      },
    },
  });
  const processes = new Map(traced.processes().map((process) => [process.pid, process]));
  const accounts = new Map(threads.map((thread) => [thread.pid, thread]));
  const started = new Set(
    threads.flatMap(({ life }) => life?.children.flatMap(({ pid }) => pid ?? []) ?? []),
  );
  const roots = threads.flatMap(({ pid, life }) => {
    const process = processes.get(pid);
    if (life === undefined || process === undefined || started.has(pid)) return [];
    const { userName } = process.spec;
    const args = [JSON.stringify(life.workload)];
    return [{ pid, alonePid: alone.spawn(userName, 'application', args).pid }];
  });
  alone.run();
  const aloneProcesses = new Map(alone.processes().map((process) => [process.pid, process]));

  const pairs: Pair[] = [];
  const pair = (pid: number | undefined, alonePid: number | undefined): void => {
    const account = accounts.get(pid ?? -1);
    const [process, aloneProcess] = [processes.get(pid ?? -1), aloneProcesses.get(alonePid ?? -1)];
    const aloneLife = lives.get(alonePid ?? -1);
    const life = account?.life;
    if (account === undefined || life === undefined || process === undefined) return;
    if (aloneLife === undefined || aloneProcess === undefined) return;
    pairs.push({ traced: account, life, process, aloneLife, aloneProcess });
    for (const [nth, child] of life.children.entries()) {
      pair(child.pid, aloneLife.children[nth]?.pid);
    }
  };
  for (const { pid, alonePid } of roots) pair(pid, alonePid);
  return pairs;
}
