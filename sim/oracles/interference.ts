/**
 * Non-interference: an application does, sees and ends as it does without the library, whatever tracing does around
 * it: it begins in time, nothing of the library holds it up, throws at it or keeps it alive. Only what is done to
 * itself excuses it.
 */

import { NS_PER_MS } from '../../src/base/time.ts';
import type { ApplicationAccount } from '../ledger/application-account.ts';
import type { ThreadAccount } from '../ledger/ledger.ts';
import type { SimProcess } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const interference = finder('interference');

/** An application waits so long for the library, and no longer, milliseconds; the clock may be late by the rest. */
const BEGIN_MS_MAX = 1010;
/** Its own timers, its steps, and its end after what it did last, take less than so much longer, milliseconds. */
const LATE_MS_MAX = 10;

export interface Circumstances {
  /** The machine itself is late now and then, and takes files by parts. */
  readonly hasQuirks: boolean;
  /** Files of anybody may not take what is written. */
  readonly isDiskInTrouble: boolean;
  /** Something was done to this process. */
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
  // Somebody else ended it: it did the same until then.
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
  if (begunAt - startedAt > BEGIN_MS_MAX * NS_PER_MS) return 'had to wait for the library';
  let [before, beforeAlone] = [begunAt, aloneApplication.begunAt ?? 0];
  for (const [index, { at, doneAt = at }] of application.outcomes.entries()) {
    const alone = aloneApplication.outcomes[index] ?? { at: beforeAlone, doneAt: undefined };
    if (isLate(at - before, alone.at - beforeAlone)) return `came late to step ${index + 1}`;
    if (isLate(doneAt - at, (alone.doneAt ?? alone.at) - alone.at)) {
      return `was held up in step ${index + 1}`;
    }
    [before, beforeAlone] = [at, alone.at];
  }
  if (isCutShort) return undefined;
  const lasted = endAfterLast(application, process);
  return isLate(lasted, endAfterLast(aloneApplication, aloneProcess))
    ? 'was kept alive'
    : undefined;
}

/** How long it was there after the last thing that it did or heard of: who has children waits for them. */
function endAfterLast(
  { begunAt = 0, outcomes, children }: ApplicationAccount,
  { endedAt = 0 }: SimProcess,
): number {
  const ends = children.map(({ end }) => end?.at ?? 0);
  return endedAt - Math.max(begunAt, outcomes.at(-1)?.at ?? 0, ...ends);
}

/** An application that was traced, and the same one that was not. */
export interface Pair {
  readonly traced: ThreadAccount;
  readonly application: ApplicationAccount;
  readonly process: SimProcess;
  readonly aloneApplication: ApplicationAccount;
  readonly aloneProcess: SimProcess;
}
