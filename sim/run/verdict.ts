/** What the oracles say of a run that is over, from what happened on its machine and what was read there. */
import type { Injector } from '../faults/inject.ts';
import type { ScenarioInput } from '../input/scenario.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { sessionsIn, snapshotsIn } from '../ledger/sessions.ts';
import { writtenBy } from '../ledger/trace-content.ts';
import type { Simulation } from '../machine/simulation.ts';
import { checkHostiles } from '../oracles/adversaries.ts';
import { type Completion, checkCompletion, checkPace, checkTimes } from '../oracles/completion.ts';
import { checkAnswers, checkConduct, checkLeftovers } from '../oracles/conduct.ts';
import { checkConservation } from '../oracles/conservation.ts';
import type { Finding } from '../oracles/finding.ts';
import { checkInterference } from '../oracles/interference.ts';
import { checkLinearizable, type Verdict } from '../oracles/linearizable.ts';
import { checkLists } from '../oracles/lists.ts';
import { checkReturns } from '../oracles/quiescence.ts';
import { checkRecovery } from '../oracles/recovery.ts';
import {
  checkFlightRecorder,
  checkPlaces,
  checkSnapshot,
  checkUnfinished,
} from '../oracles/snapshots.ts';
import type { Tolerance } from '../oracles/tolerance.ts';
import { runAlone } from './reference-run.ts';
import type { Watch } from './trace-watch.ts';

/** A run that is over. */
export interface Played {
  readonly input: ScenarioInput;
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly injector: Injector;
  readonly watch: Watch;
  readonly completions: readonly Completion[];
  readonly tolerance: Tolerance;
}

/** Adds what is wrong to `findings`; answers what the order of all commands may have been. */
export function judge(findings: Finding[], played: Played): Verdict {
  const { input, simulation, ledger, injector, watch, completions, tolerance } = played;
  const hasFaults = input.faults !== undefined;
  const isUndisturbed = injector.killsRegistriesAlone;
  const isPreempted = input.quirks?.includes('preempted') === true;
  const sessions = sessionsIn(ledger);
  for (const session of sessions) {
    const content = writtenBy(session.name, watch.contentOf(session.output));
    const held = checkConservation(ledger, sessions, session, content, tolerance);
    if (session.isFlightRecorder) {
      // What its threads were asked for holds for it, too; what became of it, snapshots say.
      findings.push(...held.filter(({ oracle }) => oracle === 'coverage'));
      findings.push(...checkFlightRecorder(session, content));
      continue;
    }
    findings.push(...held);
    if (!isUndisturbed) continue;
    findings.push(...checkCompletion(ledger, session, completions, content));
    findings.push(...checkTimes(ledger, content, isPreempted));
  }
  const snapshots = snapshotsIn(ledger);
  for (const snapshot of snapshots) {
    // What is there is not its own.
    if (
      !snapshot.isDone &&
      snapshots.some((other) => other.isDone && other.output === snapshot.output)
    )
      continue;
    const content = watch.contentOf(snapshot.output);
    findings.push(...checkSnapshot(ledger, sessions, snapshot, content, tolerance));
  }
  if (!hasFaults) findings.push(...checkPlaces(snapshots, (output) => watch.contentOf(output)));
  findings.push(...checkUnfinished(simulation, tolerance));
  findings.push(...checkRecovery(ledger, sessions));
  if (input.isPaced === true) findings.push(...checkPace(watch.contents()));
  findings.push(
    ...checkAnswers(ledger, input, tolerance),
    ...checkConduct(simulation, isUndisturbed),
  );
  findings.push(...checkReturns(simulation), ...checkLeftovers(simulation, tolerance));
  findings.push(...checkHostiles(ledger, simulation));
  if (!hasFaults) findings.push(...checkLists(ledger, simulation));
  const hits = injector.hits();
  const wereHit = new Set(hits.map(({ who }) => who));
  findings.push(
    ...checkInterference(runAlone(input, ledger, simulation), {
      hasQuirks: simulation.quirks.length > 0,
      isDiskInTrouble: hits.some(({ label }) => label === 'disk-full' || label === 'mode-lost'),
      isHit: (who) => wereHit.has(who) || injector.isPowerCut,
    }),
  );
  return checkLinearizable(ledger, {
    forgets: tolerance.isForgetful,
    losesConsumers: tolerance.losesPeers,
  });
}
