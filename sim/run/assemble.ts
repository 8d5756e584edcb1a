/** Assembles a run: the programs, the lenses on them, the faults, the machine, and its observers. */

import type { World } from '../../src/port/world.ts';
import { Injector } from '../faults/inject.ts';
import type { Attack } from '../input/attack.ts';
import { KERNEL_SOURCES } from '../input/kernel.ts';
import { hasBlackout } from '../input/network-fault.ts';
import { type HostPlace, hasFlightRecorders, type ScenarioInput } from '../input/scenario.ts';
import { namesIn } from '../ledger/from-machine.ts';
import type { Greeting } from '../ledger/greeting.ts';
import { emptyLedger, type Ledger } from '../ledger/ledger.ts';
import type { Actors, RunContext } from '../ledger/run-context.ts';
import type { TraceContent } from '../ledger/trace-content.ts';
import { whoOn } from '../ledger/who.ts';
import type { Lens } from '../machine/lens.ts';
import type { Program } from '../machine/process/program.ts';
import {
  type Network,
  type Scheduler,
  Simulation,
  type SimulationOptions,
  type Step,
} from '../machine/simulation.ts';
import { Bounds } from '../oracles/bounds.ts';
import { type Answered, type Completion, isEnd } from '../oracles/completion.ts';
import { groupPeriodsIn } from '../oracles/groups.ts';
import { programsFor } from '../programs/programs.ts';
import { versionLens } from '../programs/version-lens.ts';
import { type TimelineCollector, timelineCollector } from '../timeline/collector.ts';
import type { TimelineEntry } from '../timeline/entry.ts';
import type { Wires } from '../timeline/wires.ts';
import { MachineReference } from './machine-reference.ts';
import { TraceWatch } from './trace-watch.ts';

/** Maximum deliveries in one run; the longest run takes far fewer. */
export const RUN_STEPS_MAX = 1_000_000;

export interface RunOptions {
  readonly lens?: Lens | undefined;
  /** Receives the timeline of the run, entry by entry. It changes nothing. */
  readonly onEntry?: ((entry: TimelineEntry) => void) | undefined;
  /** Observes the machine at each delivery, before the process's code runs. It changes nothing. */
  readonly onStep?: ((step: Step, simulation: Simulation) => void) | undefined;
  /** Receives the line of every World call and delivery; see `machine/core/call-trace.ts`. */
  readonly onCall?: ((line: string) => void) | undefined;
}

/** A run that is ready to begin: its scripts are started, and no process has run yet. */
export interface Assembled {
  readonly input: ScenarioInput;
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly injector: Injector;
  readonly greetings: readonly Greeting[];
  readonly watch: TraceWatch;
  readonly bounds: Bounds;
  /** Traces at the moments when ends of recordings were answered. */
  readonly completions: Completion[];
  readonly phase: Phase;
}

/** Where a host is that is not alone. */
export interface Beside {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly place: HostPlace;
  /** What is on the way between the hosts, for the timeline. */
  readonly wires: Wires;
  readonly onAcknowledged: RunContext['onAcknowledged'];
  /** What all relays have now. */
  readonly relayed: () => TraceContent;
}

/** In the liveness phase faults excuse too much for a trace to be judged at the moment of an answer. */
export interface Phase {
  isLiveness: boolean;
}

/** One host, alone or beside others; then `input` is what this host has. */
export function assemble(input: ScenarioInput, options: RunOptions, beside?: Beside): Assembled {
  const { lens, onEntry, onStep } = options;
  const host = beside?.place.name;
  const machine = new MachineReference();
  const timeline =
    onEntry === undefined ? undefined : timelineCollector(machine, onEntry, host, beside?.wires);
  const injector = new Injector(input.faults ?? [], input, timeline?.onHit);
  const ledger = emptyLedger();
  const systems = new Map<string, Actors>();
  const completions: Completion[] = [];
  const phase: Phase = { isLiveness: false };
  // A program asks for it in an event; the traces are read after that.
  const complete = (answered: Answered): void => {
    if (phase.isLiveness && !injector.killsRegistriesAlone) return;
    machine.simulation.lookAfterEvent(() => completions.push(...watch.complete(answered)));
  };
  const { onAcknowledged } = beside ?? {};
  const parts = { machine, timeline, injector, ledger, systems, complete };
  const context = { ...contextOf(parts), ...(onAcknowledged && { onAcknowledged }) };

  const greetings: Greeting[] = [];
  const isMixed = input.scripts.some(({ steps }) => steps.some(({ version }) => version));
  const versions = isMixed ? versionLens(greetings) : undefined;
  const lenses = [lens, versions, timeline?.lens].filter((one) => one !== undefined);
  const programs = lenses.reduce(throughLens, programsFor(context));

  const simulation = new Simulation({
    ...(beside === undefined
      ? { seed: input.seed, stepsMax: RUN_STEPS_MAX }
      : {
          scheduler: beside.scheduler,
          name: beside.place.name,
          network: { of: beside.network, addresses: beside.place.addresses },
        }),
    users: input.users,
    groups: input.groups,
    quirks: input.quirks ?? [],
    programs: withStarts(programs, (program, index, pid) =>
      injector.onStart(machine.simulation, program, index, pid),
    ),
    ...observing(machine, timeline, onStep),
    ...tracing(host, options.onCall),
  });
  machine.attach(simulation);
  injector.attach(simulation);
  for (const script of input.scripts) {
    simulation.spawn(script.user, 'script', [JSON.stringify(script)]);
  }
  const excusing = input.faults === undefined ? undefined : injector;
  const periods = groupPeriodsIn(input);
  const watch = new TraceWatch(simulation, ledger, periods, excusing, beside?.relayed);
  const bounds = boundsOf(input, { simulation, ledger, systems, injector });
  return { input, simulation, ledger, injector, greetings, watch, bounds, completions, phase };
}

/** The lines of calls name the host, if it has a name. */
function tracing(
  host: string | undefined,
  onCall: RunOptions['onCall'],
): Pick<SimulationOptions, 'trace'> {
  if (onCall === undefined) return {};
  return {
    trace: (line) => {
      const [time = '', label = '', ...words] = line.split(' ');
      onCall([time, whoOn(host, label), ...words].join(' '));
    },
  };
}

interface ContextParts {
  readonly machine: MachineReference;
  readonly timeline: TimelineCollector | undefined;
  readonly injector: Injector;
  readonly ledger: Ledger;
  readonly systems: Map<string, Actors>;
  readonly complete: (answered: Answered) => void;
}

/** State that the programs of the run share with its observers. */
function contextOf(parts: ContextParts): RunContext {
  const { machine, timeline, injector, ledger, systems, complete } = parts;
  /** The group in the configuration of a user's registries, by user id. */
  const groups = new Map<number, string>();
  return {
    ledger,
    systems,
    now: machine.now,
    ...namesIn(() => machine.simulation),
    makeLink: (user, path, target) => machine.simulation.makeLink(user, path, target),
    killAtCall: (pid, n) => machine.simulation.killAtCall(pid, n),
    inspect: timeline?.inspect,
    onAsked: (op, account) => injector.onAsked(op, account),
    onAnswered: (command, step) => {
      if (isEnd(step)) complete({ command, step });
    },
    terminate: (uid) => {
      ledger.terminations.push({ uid, at: machine.now() });
      machine.signalAll('lttng-sessiond', uid, 'SIGTERM');
    },
    interrupt: (uid, signal) => machine.signalAll('lttng', uid, signal),
    kernelDoes: (bursts) => {
      const { kernelEvents } = machine.simulation;
      for (const { cpu, event, count } of bursts) {
        const { field } = KERNEL_SOURCES[event];
        for (let nth = 0; nth < count; nth++) {
          kernelEvents.emit(cpu, event, { [field]: kernelEvents.happened.length });
        }
      }
    },
    groupOf: (uid) => groups.get(uid),
    regroup: (uid, group) => {
      groups.set(uid, group);
      machine.signalAll('lttng-sessiond', uid, 'SIGHUP');
    },
  };
}

/** The observer of each delivery, if one is needed. */
function observing(
  machine: MachineReference,
  timeline: TimelineCollector | undefined,
  onStep: RunOptions['onStep'],
): Pick<SimulationOptions, 'observer'> {
  if (timeline === undefined && onStep === undefined) return {};
  return {
    observer: (step) => {
      timeline?.observer(step);
      onStep?.(step, machine.simulation);
    },
  };
}

function boundsOf(
  input: ScenarioInput,
  {
    simulation,
    ledger,
    systems,
    injector,
  }: Pick<ContextParts, 'ledger' | 'systems' | 'injector'> & Pick<Assembled, 'simulation'>,
): Bounds {
  return new Bounds(simulation, {
    ledger,
    systems,
    isCalm: injector.killsRegistriesAlone && input.quirks === undefined,
    losesRegistries: input.faults !== undefined,
    keepsBuffers: hasFlightRecorders(input) || hasAttack(input, keepsBuffers),
    isHeldUp: hasAttack(input, followsNoState),
    leavesAnswersUnread: hasAttack(input, ({ kind }) => kind === 'unread-replies'),
    isMemoryTaken: input.faults?.some(({ kind }) => kind === 'memory-removed') === true,
    isNetworkFaulty: input.network?.faults !== undefined || hasBlackout(input.network?.lossyLinks),
  });
}

/** Whether the input has an attack that satisfies the predicate. */
function hasAttack({ scripts }: ScenarioInput, is: (attack: Attack) => boolean): boolean {
  return scripts.some(({ steps }) => steps.some((step) => step.do === 'attack' && is(step.attack)));
}

/** A lying consumer does not read the streams of ended threads; a snapshot in progress keeps them. */
function keepsBuffers({ kind }: Attack): boolean {
  return kind === 'lying-consumer' || kind === 'pinned-snapshot';
}

/** It registers as an application and then acknowledges no state. */
function followsNoState(attack: Attack): boolean {
  return attack.kind === 'rogue-application' && attack.misbehaviour === 'deaf';
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

/** Calls `onStart` at every start, before the program's own code. */
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
