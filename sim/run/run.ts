/**
 * Runs a scenario's input on a simulated machine and holds it against every oracle.
 *
 * A run: scripts begin at time 0; it lasts until every script and application has ended; then the registries get
 * SIGTERM, and what is left is looked at.
 */

import { NS_PER_MS } from '../../src/base/time.ts';
import type { World } from '../../src/port/world.ts';
import type { Harm, Healing } from '../faults/fault-hit.ts';
import { endApplications, goOnWithKept, heal } from '../faults/healing.ts';
import { Injector } from '../faults/inject.ts';
import { boot } from '../faults/reboot.ts';
import { mercyFor } from '../faults/tolerance.ts';
import type { Trick } from '../input/attack.ts';
import type { Mark } from '../input/mark.ts';
import { hasFlightRecorders, type ScenarioInput } from '../input/scenario.ts';
import { namesIn, noteRegistries, noteThreads } from '../ledger/from-machine.ts';
import type { Greeting } from '../ledger/greeting.ts';
import { emptyLedger, type Ledger } from '../ledger/ledger.ts';
import type { Actors } from '../ledger/run-context.ts';
import { snapshotsIn } from '../ledger/sessions.ts';
import { installGuards } from '../machine/core/guards.ts';
import type { Quirk } from '../machine/core/quirks.ts';
import type { Lens } from '../machine/lens.ts';
import type { Program } from '../machine/process/program.ts';
import type { SignalName } from '../machine/process/signals.ts';
import { EndlessError, type SimProcess, Simulation, type Step } from '../machine/simulation.ts';
import { Bounds, type Peaks } from '../oracles/bounds.ts';
import { type Answered, type Completion, isEnd } from '../oracles/completion.ts';
import { checkLeftovers, keptIn, NOTHING_KEPT } from '../oracles/conduct.ts';
import { type Finding, finder } from '../oracles/finding.ts';
import { checkFollowed } from '../oracles/following.ts';
import { reignsIn } from '../oracles/groups.ts';
import { checkEnd, checkRest } from '../oracles/quiescence.ts';
import { checkVersions } from '../oracles/versions.ts';
import { programsFor } from '../programs/programs.ts';
import { versionLens } from '../programs/version-lens.ts';
import { narrator, type Stage } from '../timeline/collector.ts';
import type { Entry } from '../timeline/entry.ts';
import { marksOf } from './marks.ts';
import { Watch } from './trace-watch.ts';
import { judge } from './verdict.ts';

/** A run that takes longer, virtual milliseconds, hangs. */
const RUN_MS_MAX = 120_000;
/** How long the registries may take to end. */
const END_MS_MAX = 60_000;
const SLICE_MS = 250;
/** Deliveries in one run; the longest takes far fewer. */
const STEPS_MAX = 1_000_000;

const liveness = finder('liveness');

export interface RunOptions {
  readonly lens?: Lens | undefined;
  /** Takes a telling of the run, one thing after the other. It changes nothing. */
  readonly onEntry?: ((entry: Entry) => void) | undefined;
  /** Looks at the machine at each delivery, before the process's code runs. It changes nothing. */
  readonly onStep?: ((step: Step, simulation: Simulation) => void) | undefined;
  /** Takes the line of every World call and delivery; see `world/trace.ts`. */
  readonly onCall?: ((line: string) => void) | undefined;
}

export interface RunReport {
  readonly findings: readonly Finding[];
  /** Rolling hash of everything delivered. */
  readonly hash: string;
  readonly steps: number;
  /** From the start to the end of the last process. */
  readonly simulatedMs: number;
  readonly eventsRecorded: number;
  readonly marks: readonly Mark[];
  readonly peaks: Peaks;
  /** Faults that hit. */
  readonly harms: readonly Harm[];
  /** Quirks that happened. */
  readonly quirks: readonly Quirk[];
  readonly simulation: Simulation;
  readonly ledger: Ledger;
}

export function runScenario(input: ScenarioInput, options: RunOptions = {}): RunReport {
  installGuards();
  const { lens, onEntry, onStep, onCall } = options;
  const ledger = emptyLedger();
  const hasFaults = input.faults !== undefined;
  const injector = new Injector(input.faults ?? [], input, (harm) => telling?.onHarm(harm));
  /** Nobody but registries is in trouble: what the others owe, they owe. */
  const isUndisturbed = injector.killsRegistriesAlone;
  const answered: Answered[] = [];
  const completions: Completion[] = [];
  const stage: Stage = {
    now: () => simulation.now,
    steps: () => simulation.steps,
    process: (pid) => simulation.process(pid),
    labelled: (who) => simulation.processes().find(({ label }) => label === who),
  };
  const telling = onEntry === undefined ? undefined : narrator(stage, onEntry);
  const greetings: Greeting[] = [];
  const isMixed = input.scripts.some(({ steps }) => steps.some(({ version }) => version));
  const versions = isMixed ? versionLens(greetings) : undefined;
  const lenses = [lens, versions, telling?.lens].filter((one) => one !== undefined);
  const systems = new Map<string, Actors>();
  const programs = programsFor({
    ledger,
    systems,
    now: () => simulation.now,
    ...namesIn(() => simulation),
    killAtCall: (pid, n) => simulation.killAtCall(pid, n),
    inspect: telling?.inspect,
    onAsked: (op, account) => injector.onAsked(op, account),
    onAnswered: (command, step) => {
      if (!isUndisturbed || !isEnd(step)) return;
      answered.push({ command, step });
      simulation.interrupt();
    },
    terminate: (uid) => {
      ledger.terminations.push({ uid, at: simulation.now });
      signalRegistries(uid, 'SIGTERM');
    },
    groupOf: (uid) => configured.get(uid),
    regroup: (uid, group) => {
      configured.set(uid, group);
      signalRegistries(uid, 'SIGHUP');
    },
  });
  const configured = new Map<number, string>();
  const signalRegistries = (uid: number, signal: SignalName): void => {
    for (const { program, pid, uid: owner, isAlive } of simulation.processes()) {
      const isMeant = program === 'lttng-sessiond' && owner === uid && isAlive;
      if (isMeant) simulation.signal(pid, signal);
    }
  };
  const simulation = new Simulation({
    seed: input.seed,
    users: input.users,
    groups: input.groups,
    quirks: input.quirks ?? [],
    stepsMax: STEPS_MAX,
    programs: withStarts(lenses.reduce(throughLens, programs), (program, index, pid) =>
      injector.onStart(simulation, program, index, pid),
    ),
    ...(telling === undefined && onStep === undefined
      ? {}
      : {
          observer: (step) => {
            telling?.observer(step);
            onStep?.(step, simulation);
          },
        }),
    ...(onCall === undefined ? {} : { trace: onCall }),
  });
  injector.attach(simulation);
  for (const script of input.scripts) {
    simulation.spawn(script.user, 'script', [JSON.stringify(script)]);
  }
  /** Looks at the traces in the moment when the end of a recording is answered. */
  const pass = (forMs: number): void => {
    const until = simulation.now + forMs * NS_PER_MS;
    do {
      simulation.run({ forMs: (until - simulation.now) / NS_PER_MS });
      for (const answer of answered.splice(0)) completions.push(...watch.complete(answer));
    } while (simulation.now < until);
  };
  const watch = new Watch(simulation, ledger, reignsIn(input), hasFaults ? injector : undefined);
  const bounds = new Bounds(simulation, {
    ledger,
    systems,
    isCalm: isUndisturbed && input.quirks === undefined,
    losesRegistries: hasFaults,
    keepsBuffers: hasFlightRecorders(input) || hasTrick(input, isKeeper),
    isHeldUp: hasTrick(input, isDeaf),
    isGorged: hasTrick(input, ({ kind }) => kind === 'gorge'),
    isMemoryTaken: input.faults?.some(({ kind }) => kind === 'memory-removed') === true,
  });
  const findings: Finding[] = [];
  let healing: Healing = { healedAt: 0, probes: new Set() };
  let restedAt = 0;
  /** From the first step to the end of the registries. */
  const play = (): void => {
    for (const at of input.samplesAt) {
      if (!isBusy(simulation)) break;
      pass(Math.max(0, at - simulation.now / NS_PER_MS));
      if (injector.isPowerCut) break;
      findings.push(...watch.look(), ...bounds.look());
      if (hasFaults || input.quirks !== undefined) continue;
      findings.push(...checkFollowed(ledger, simulation.now, (output) => watch.contentOf(output)));
    }
    if (hasFaults) {
      const look = (): Finding[] => watch.look();
      const run = { simulation, injector, input, ledger, findings, look };
      healing = heal(run);
      if (injector.isPowerCut) findings.push(...boot(run));
    }
    if (injector.isPowerCut) watch.forget(new Set(wholeSnapshots(ledger)));
    const restMsMax = healing.healedAt / NS_PER_MS + RUN_MS_MAX;
    while (isBusy(simulation) && simulation.now < restMsMax * NS_PER_MS) {
      if (hasFaults) endApplications(simulation);
      pass(SLICE_MS);
    }
    restedAt = simulation.now;
    if (isBusy(simulation)) {
      findings.push(liveness(`the machine is not at rest after ${restMsMax} ms`));
    }
    findings.push(...bounds.look(), ...checkRest(simulation));
    endRegistries(simulation);
    const kept = injector.isPowerCut ? NOTHING_KEPT : keptIn(simulation);
    if (kept.records.size > 0) {
      const mercy = mercyFor(injector, simulation, ledger, healing);
      findings.push(...checkLeftovers(simulation, mercy, kept));
      goOnWithKept({ simulation, input, ledger });
      endRegistries(simulation);
    }
    findings.push(...checkEnd(simulation), ...watch.look());
  };
  const endless = endlessIn(play, () => injector.release());
  noteRegistries(simulation, ledger);
  noteThreads(simulation, ledger);
  const mercy = mercyFor(injector, simulation, ledger, healing);
  const order = judge(findings, { input, simulation, ledger, injector, watch, completions, mercy });
  findings.push(...order.findings, ...checkVersions(greetings));
  const harms = injector.harms();
  const ends = simulation.processes().map(({ endedAt = restedAt }) => endedAt);
  const streams = watch.contents().flatMap((content) => content.streams);
  return {
    findings: distinct(endless ?? findings),
    hash: simulation.hash(),
    steps: simulation.steps,
    simulatedMs: Math.max(0, ...ends) / NS_PER_MS,
    eventsRecorded: streams.reduce((count, { events }) => count + events.length, 0),
    marks: marksOf(simulation, ledger, streams, order, greetings, harms),
    harms,
    peaks: bounds.peaks(),
    quirks: simulation.quirks,
    simulation,
    ledger,
  };
}

/** What is wrong when the machine never comes to rest: nothing else can be said of such a run. */
function endlessIn(play: () => void, afterwards: () => void): Finding[] | undefined {
  try {
    play();
    return undefined;
  } catch (error) {
    if (error instanceof EndlessError) return [liveness(error.message)];
    throw error;
  } finally {
    afterwards();
  }
}

function throughLens(
  programs: Readonly<Record<string, Program>>,
  lens: Lens,
): Record<string, Program> {
  return Object.fromEntries(
    Object.entries(programs).map(([name, main]) => [
      name,
      (world: World, args: readonly string[]) => main(lens(world, name), args),
    ]),
  );
}

/** Tells of every start before the program's own code. */
function withStarts(
  programs: Readonly<Record<string, Program>>,
  onStart: (program: string, index: number, pid: number) => void,
): Record<string, Program> {
  return Object.fromEntries(
    Object.entries(programs).map(([name, main]) => {
      let index = 0;
      return [
        name,
        (world: World, args: readonly string[]) => {
          onStart(name, index++, world.identity.pid);
          main(world, args);
        },
      ];
    }),
  );
}

/** Somebody plays a trick that this is true of. */
function hasTrick({ scripts }: ScenarioInput, is: (trick: Trick) => boolean): boolean {
  return scripts.some(({ steps }) => steps.some((step) => step.do === 'hostile' && is(step.trick)));
}

/** A consumer that lies does not take what threads leave behind; for a snapshot that begins, it stays. */
function isKeeper({ kind }: Trick): boolean {
  return kind === 'consume' || kind === 'pin';
}

/** It registers as an application and then follows nothing. */
function isDeaf(trick: Trick): boolean {
  return trick.kind === 'join' && trick.misdeed === 'deaf';
}

function isTemporary({ program, isAlive }: SimProcess): boolean {
  return (
    isAlive &&
    (program === 'script' ||
      program === 'application' ||
      program === 'lttng' ||
      program === 'hostile')
  );
}

/** Somebody's script, command or application still runs. */
function isBusy(simulation: Simulation): boolean {
  return simulation.processes().some(isTemporary);
}

function endRegistries(simulation: Simulation): void {
  for (const { program, pid, isAlive } of simulation.processes()) {
    if (program === 'lttng-sessiond' && isAlive) simulation.signal(pid, 'SIGTERM');
  }
  simulation.run({ forMs: END_MS_MAX });
}

/** Where the snapshots are that were said to be whole. */
function wholeSnapshots(ledger: Ledger): string[] {
  return snapshotsIn(ledger).flatMap(({ isDone, output }) => (isDone ? [output] : []));
}

function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ oracle, text }) => {
    const key = `${oracle} ${text}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
