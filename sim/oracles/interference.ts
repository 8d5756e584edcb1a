/**
 * Non-interference: an application does, sees and ends as it does without the library. It starts in time; the library
 * does not delay it, throw exceptions into it or keep it alive. Only faults that hit the application itself excuse it.
 */

import { NS_PER_MS } from '../../src/base/time.ts';
import type { ApplicationAccount } from '../ledger/application-account.ts';
import type { ThreadAccount } from '../ledger/ledger.ts';
import type { SimProcess } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const interference = finder('interference');

/** An application waits at most this long for the library, milliseconds; includes a margin for the clock. */
const BEGIN_MS_MAX = 1010;
/** Its timers, its steps, and its end after its last action are delayed by less than this, milliseconds. */
const LATE_MS_MAX = 10;

export interface Circumstances {
  /** The machine has quirks: it is sometimes late, and accepts parts of appends. */
  readonly hasQuirks: boolean;
  /** Writes to files may fail for any process. */
  readonly isDiskInTrouble: boolean;
  /** A fault hit this process. */
  readonly isHit: (who: string) => boolean;
}

export function checkInterference(pairs: readonly Pair[], how: Circumstances): Finding[] {
  return pairs.flatMap((pair) => {
    const { pid, label } = pair.process;
    if (how.isHit(label)) return [];
    const wrong = whatIsWrong(pair, how);
    return wrong === undefined ? [] : [interference(`application ${pid} ${wrong}`)];
  });
}

function whatIsWrong(pair: Pair, how: Circumstances): string | undefined {
  const { traced, application, process, aloneApplication, aloneProcess } = pair;
  // Another process ended it: it must have done the same until then.
  const isCutShort =
    application.workload.killAtCall !== undefined || process.exit?.signal !== undefined;
  const [did, wanted] = [application.outcomes.length, aloneApplication.outcomes.length];
  if (!isCutShort && application.begunAt === undefined) return 'never began';
  if (did > wanted || (did < wanted && !isCutShort)) return `did ${did} of ${wanted} steps`;
  for (const [index, { saw }] of application.outcomes.entries()) {
    const sawAlone = aloneApplication.outcomes[index]?.saw;
    const mayDiffer = how.hasQuirks || how.isDiskInTrouble || isCutShort;
    if (saw !== sawAlone && !mayDiffer) {
      return `saw "${saw}" in step ${index + 1}, and without tracing "${sawAlone}"`;
    }
  }
  if (!isCutShort) {
    if (process.exit === undefined) return 'is kept alive';
    const { code } = process.exit;
    const codeAlone = aloneProcess.exit?.code;
    if (code !== codeAlone) return `ended with status ${code}, and without tracing ${codeAlone}`;
  }
  return how.hasQuirks ? undefined : whatIsLate(traced.startedAt, pair, isCutShort);
}

function whatIsLate(
  startedAt: number,
  { application, process, aloneApplication, aloneProcess }: Pair,
  isCutShort: boolean,
): string | undefined {
  const { begunAt } = application;
  if (begunAt === undefined) return undefined;
  const isLate = (took: number, takesAlone: number): boolean =>
    took - takesAlone > LATE_MS_MAX * NS_PER_MS;
  if (begunAt - startedAt > BEGIN_MS_MAX * NS_PER_MS) return 'waited too long for the library';
  let [before, beforeAlone] = [begunAt, aloneApplication.begunAt ?? 0];
  for (const [index, { at, doneAt = at }] of application.outcomes.entries()) {
    const alone = aloneApplication.outcomes[index] ?? { at: beforeAlone, doneAt: undefined };
    if (isLate(at - before, alone.at - beforeAlone)) return `reached step ${index + 1} late`;
    if (isLate(doneAt - at, (alone.doneAt ?? alone.at) - alone.at)) {
      return `was delayed in step ${index + 1}`;
    }
    [before, beforeAlone] = [at, alone.at];
  }
  if (isCutShort) return undefined;
  const lasted = endAfterLast(application, process);
  return isLate(lasted, endAfterLast(aloneApplication, aloneProcess))
    ? 'was kept alive'
    : undefined;
}

/** How long it lived after its last action or delivery: a process waits for its children. */
function endAfterLast(
  { begunAt = 0, outcomes, children }: ApplicationAccount,
  { endedAt = 0 }: SimProcess,
): number {
  const ends = children.map(({ end }) => end?.at ?? 0);
  return endedAt - Math.max(begunAt, outcomes.at(-1)?.at ?? 0, ...ends);
}

/** A traced application, and the same one without tracing. */
export interface Pair {
  readonly traced: ThreadAccount;
  readonly application: ApplicationAccount;
  readonly process: SimProcess;
  readonly aloneApplication: ApplicationAccount;
  readonly aloneProcess: SimProcess;
}
