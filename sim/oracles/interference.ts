/**
 * Non-interference: an application does what its workload says, step by step, and ends as it says, whatever tracing
 * does around it: it begins in time, and nothing of the library keeps it alive. Only what is done to itself excuses it.
 */
import type { Ledger, ThreadAccount } from '../ledger.ts';
import type { Workload } from '../workload.ts';
import type { SimProcess, Simulation } from '../world/machine.ts';
import { type Finding, finder } from './finding.ts';

const interference = finder('interference');

const NS_PER_MS = 1_000_000;
/** An application waits so long for the library, and no longer, milliseconds; the clock may be late by the rest. */
const BEGIN_MS_MAX = 1010;
/** Its own timers, and its end after its last step, are late by less than this in a calm run, milliseconds. */
const LATE_MS_MAX = 10;

/** `isCalm`: nothing but the workload itself delays anybody. `isHarmed`: something was done to this process. */
export function checkInterference(
  { threads }: Ledger,
  simulation: Simulation,
  how: { readonly isCalm: boolean; readonly isHarmed: (pid: number) => boolean },
): Finding[] {
  const processes = new Map(simulation.processes().map((process) => [process.pid, process]));
  return threads.flatMap((thread) => {
    const process = processes.get(thread.pid);
    const { workload, diary } = thread;
    const isOwn = workload?.killAtCall === undefined && process?.exit?.signal === undefined;
    if (workload === undefined || diary === undefined || process === undefined || !isOwn) return [];
    if (how.isHarmed(thread.pid)) return [];
    const wrong = whatIsWrong(thread, workload, diary, process, how.isCalm);
    return wrong === undefined ? [] : [interference(`application ${thread.pid} ${wrong}`)];
  });
}

function whatIsWrong(
  { startedAt }: ThreadAccount,
  { steps }: Workload,
  diary: readonly number[],
  process: SimProcess,
  isCalm: boolean,
): string | undefined {
  const [begunAt] = diary;
  if (begunAt === undefined) return 'never began';
  const last = steps.findIndex((step) => step.do === 'throw' || step.do === 'exit');
  const wanted = last < 0 ? steps : steps.slice(0, last + 1);
  if (diary.length - 1 !== wanted.length) {
    return `did ${diary.length - 1} of ${wanted.length} steps`;
  }
  const end = wanted.at(-1);
  if (process.exit === undefined) return 'is kept alive';
  const { code } = process.exit;
  if (end?.do === 'throw') {
    if (code === 0) return 'threw and ended with status 0';
  } else if (code !== (end?.do === 'exit' ? end.code : 0)) return `ended with status ${code}`;
  if (!isCalm) return undefined;
  if (begunAt - startedAt > BEGIN_MS_MAX * NS_PER_MS) return 'had to wait for the library';
  let due = begunAt;
  let before = 0;
  for (const [index, step] of wanted.entries()) {
    due += Math.max(0, step.at - before) * NS_PER_MS;
    const at = diary[index + 1] ?? 0;
    if (at - due > LATE_MS_MAX * NS_PER_MS) return `came late to step ${index + 1}`;
    [due, before] = [at, Math.max(before, step.at)];
  }
  // Who has children waits for them.
  const isAlone = wanted.every((step) => step.do !== 'spawn');
  const isLate = (process.endedAt ?? 0) - due > LATE_MS_MAX * NS_PER_MS;
  return isAlone && isLate ? 'was kept alive' : undefined;
}
