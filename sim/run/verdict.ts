/** The verdict of the oracles on a finished run, from its ledger, its machine and its traces. */
import { toleranceFor } from '../faults/tolerance.ts';
import type { Fault } from '../input/fault.ts';
import { isConsumer } from '../input/kernel.ts';
import { recordRegistries, recordThreads } from '../ledger/from-machine.ts';
import { type SnapshotAccount, snapshotsIn } from '../ledger/outputs.ts';
import { isMoved, type SessionAccount, sessionsIn } from '../ledger/sessions.ts';
import type { TraceContent } from '../ledger/trace-content.ts';
import { checkAdversaries } from '../oracles/adversaries.ts';
import { checkCompletion, checkPace, checkTimes } from '../oracles/completion.ts';
import { checkAnswers, checkConduct, checkLeftovers } from '../oracles/conduct.ts';
import { checkConservation } from '../oracles/conservation.ts';
import { checkContexts } from '../oracles/contexts.ts';
import type { Finding } from '../oracles/finding.ts';
import { checkInterference } from '../oracles/interference.ts';
import { checkInterruptions } from '../oracles/interruptions.ts';
import { checkKept } from '../oracles/kept.ts';
import { checkKernel } from '../oracles/kernel.ts';
import { type CommandOrder, checkLinearizable } from '../oracles/linearizable.ts';
import { checkLinks } from '../oracles/links.ts';
import { checkLists } from '../oracles/lists.ts';
import { checkReturns } from '../oracles/quiescence.ts';
import { checkRecovery } from '../oracles/recovery.ts';
import { checkRegenerations } from '../oracles/regenerations.ts';
import { checkRotations } from '../oracles/rotations.ts';
import { checkSetUserId } from '../oracles/set-user-id.ts';
import { checkSharedBuffers, type Disturbance } from '../oracles/shared-buffers.ts';
import {
  checkFlightRecorder,
  checkOutputs,
  checkSnapshot,
  checkUnfinished,
} from '../oracles/snapshots.ts';
import type { Tolerance } from '../oracles/tolerance.ts';
import { checkNothingGone } from '../oracles/tracefiles.ts';
import { checkVersions } from '../oracles/versions.ts';
import type { Run } from './phases.ts';
import { runAlone } from './reference-run.ts';

/**
 * Adds the findings of all oracles to a finished run; returns the result for the order of all commands.
 * `networkHealedAt`: nanoseconds; undefined: the network has no faults.
 */
export function judge(run: Run, networkHealedAt: number | undefined): CommandOrder {
  const { simulation, ledger, injector, greetings, findings, healing } = run;
  recordRegistries(simulation, ledger);
  recordThreads(simulation, ledger);
  const tolerance = toleranceFor(injector, simulation, ledger, healing, networkHealedAt);
  const sessions = sessionsIn(ledger);
  findings.push(
    ...judgeSessions(run, sessions, tolerance),
    ...judgeSnapshots(run, sessions, tolerance),
    ...checkRecovery(ledger, sessions),
    ...judgeMachine(run, tolerance),
    ...judgeInterference(run),
  );
  const order = checkLinearizable(ledger, {
    forgets: tolerance.isForgetful,
    losesConsumers: tolerance.losesPeers,
  });
  findings.push(...order.findings, ...checkVersions(greetings));
  return order;
}

function isPreempted({ quirks }: Run['input']): boolean {
  return quirks?.includes('preempted') === true;
}

/** No process was stopped or killed, and no write failed. */
function isOnTime(input: Run['input']): boolean {
  return input.faults === undefined && !isPreempted(input);
}

/** Checks the trace of each session. */
function judgeSessions(
  run: Run,
  sessions: readonly SessionAccount[],
  tolerance: Tolerance,
): Finding[] {
  const { input, ledger, injector, watch, completions } = run;
  return sessions.flatMap((session) => {
    const content = watch.contentOfSession(session);
    const held = [
      ...checkConservation(ledger, sessions, session, content, tolerance),
      ...checkContexts(ledger, session, content, tolerance),
    ];
    if (session.isFlightRecorder) {
      // Coverage applies to a flight recorder, too; its snapshots show the recorded events.
      const coverage = held.filter(({ oracle }) => oracle === 'coverage');
      return [...coverage, ...checkFlightRecorder(session, content)];
    }
    // A registry answers for the streams that it knows: its predecessor could not write down the others.
    const isUndone = tolerance.isUndone(session);
    const late = isUndone ? [] : checkCompletion(ledger, session, completions, content);
    // Faults may change the clock.
    const times = injector.killsRegistriesAlone
      ? checkTimes(ledger, content, isPreempted(input))
      : [];
    const cuts = checkRotations(ledger, session, content, isOnTime(input));
    const isSpoiled = injector.hits().some(({ label }) => label === 'files-spoiled');
    const isBounded = session.tracefiles.size > 0 && !isSpoiled && !injector.isPowerCut;
    const gone = isBounded ? checkNothingGone(ledger, session) : [];
    const shared = checkSharedBuffers(ledger, session, content, disturbanceOf(run));
    const offsets = offsetsFor(run, session, content);
    return [...held, ...late, ...times, ...cuts, ...gone, ...shared, ...offsets];
  });
}

/**
 * A reboot begins the monotonic clock anew; a session that moves leaves traces behind, and so do those who move files.
 */
function offsetsFor(
  { ledger, injector, simulation }: Run,
  session: SessionAccount,
  content: TraceContent,
): Finding[] {
  const isSpoiled = injector.hits().some(({ label }) => label === 'files-spoiled');
  if (injector.isPowerCut || isSpoiled || isMoved(session)) return [];
  return checkRegenerations(ledger, session, content, simulation);
}

function disturbanceOf({ simulation, input }: Run): Disturbance {
  const processes = simulation.processes();
  const killed = new Set(processes.flatMap(({ exit, label }) => (exit?.signal ? label : [])));
  return {
    isKilled: ({ who }) => killed.has(who),
    isUndisturbed: (input.faults ?? []).every(isOfConsumer),
  };
}

function isOfConsumer(fault: Fault): boolean {
  return 'of' in fault && isConsumer(fault.of.program);
}

function judgeSnapshots(
  run: Run,
  sessions: readonly SessionAccount[],
  tolerance: Tolerance,
): Finding[] {
  const { input, simulation, ledger, watch } = run;
  const snapshots = snapshotsIn(ledger);
  // The output has the snapshot of another command.
  const isReplaced = (snapshot: SnapshotAccount): boolean =>
    !snapshot.isDone && snapshots.some((other) => other.isDone && other.output === snapshot.output);
  const contentOf = (output: string): TraceContent => watch.contentOf(output);
  const lengths = new Map(simulation.listFiles().map(({ path, byteLength }) => [path, byteLength]));
  const bytesIn = (file: string): number => lengths.get(file) ?? 0;
  return [
    ...snapshots
      .filter((snapshot) => !isReplaced(snapshot))
      .flatMap((snapshot) =>
        checkSnapshot(
          ledger,
          sessions,
          snapshot,
          { content: contentOf(snapshot.output), bytesIn, isOnTime: isOnTime(input) },
          tolerance,
        ),
      ),
    ...snapshots.flatMap(({ session: uuid, output }) =>
      sessions
        .filter((session) => session.uuid === uuid)
        .flatMap((session) =>
          checkSharedBuffers(ledger, session, contentOf(output), disturbanceOf(run)),
        ),
    ),
    ...(input.faults === undefined ? checkOutputs(snapshots, contentOf) : []),
    ...checkUnfinished(simulation, tolerance),
  ];
}

/** Checks the conduct and the leftovers of programs, independent of the traces. */
function judgeMachine(run: Run, tolerance: Tolerance): Finding[] {
  const { input, simulation, ledger, injector, watch } = run;
  const hits = injector.hits();
  return [
    ...(input.isPaced === true ? checkPace(watch.contents()) : []),
    ...checkAnswers(ledger, input, tolerance),
    ...checkConduct(simulation, injector.killsRegistriesAlone),
    ...checkReturns(simulation),
    ...checkLeftovers(simulation, tolerance),
    ...checkAdversaries(ledger, simulation),
    ...checkSetUserId(simulation),
    ...checkKernel(simulation, ledger, (output) => watch.contentOf(output)),
    ...checkLinks(ledger, simulation),
    ...checkKept(ledger, simulation, {
      hasFaults: input.faults !== undefined,
      isPowerCut: injector.isPowerCut,
    }),
    ...checkInterruptions(
      ledger,
      simulation,
      (who) => injector.isPowerCut || hits.some((hit) => hit.who === who),
    ),
    ...(input.faults === undefined ? checkLists(ledger, simulation) : []),
  ];
}

/** Compares applications with their runs without the library. */
function judgeInterference({ input, simulation, ledger, injector }: Run): Finding[] {
  const hits = injector.hits();
  const wereHit = new Set(hits.map(({ who }) => who));
  return checkInterference(runAlone(input, ledger, simulation), {
    hasQuirks: simulation.quirks.length > 0,
    isDiskInTrouble: hits.some(({ label }) => label === 'disk-full' || label === 'mode-lost'),
    isHit: (who) => wereHit.has(who) || injector.isPowerCut,
  });
}
