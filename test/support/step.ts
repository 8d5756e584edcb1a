/**
 * A machine as a pure step: events in, state and effects out. No World, no runtime system, no simulated machine; each
 * test starts from the beginning and says which events lead to the step that it is about.
 *
 * What a machine keeps in its context is its own affair, and is seen by what it does later. So a step is compared as a
 * whole, but without it: state, effects in order, delays that begin.
 *
 * Each way that a step takes through the chart is noted. The last test of a machine compares these with its definition
 * (`untried`): a new state, event or condition without a test is found.
 */
import {
  type ActorSystem,
  type ActorSystemInfo,
  type AnyActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  type EventFromLogic,
  type InputFrom,
  type InspectionEvent,
  initialTransition,
  type StateValue,
  transition,
} from 'xstate';
import { assert } from '../../src/base/assert.ts';
import { type RuntimeEffect, type Turn, takeTurn } from '../../src/runtime/turn.ts';

/** What comes of the last event. */
export interface Outcome {
  readonly value: StateValue;
  /** In the order in which the runtime would perform them. */
  readonly effects: readonly RuntimeEffect[];
  /** Delays that began with the event and go on after it, milliseconds. Absent: none. */
  readonly delays?: readonly number[];
}

/** A delay of this length is over: an event for the state that waits for it. */
export interface Passed {
  readonly type: 'passed';
  readonly ms: number;
}

export function passed(ms: number): Passed {
  return { type: 'passed', ms };
}

/** Begins a machine with this input, lets it take a step for each event, and shows the last one. */
export type Stepper<M extends AnyStateMachine> = (
  input: InputFrom<M>,
  ...events: readonly (EventFromLogic<M> | Passed)[]
) => Outcome;

/** An actor is there unless its id is among `gone`. */
export function stepsOf<M extends AnyStateMachine>(
  machine: M,
  gone: readonly string[] = [],
): Stepper<M> {
  return (input, ...events) => {
    const run = new Run(machine, gone, input);
    for (const event of events) run.take(event);
    return run.last();
  };
}

type Ways = Map<AnyTransitionDefinition, string>;
interface Tried {
  readonly states: Set<AnyStateNode>;
  readonly ways: Set<AnyTransitionDefinition>;
}

const tried = new Map<AnyStateMachine, Tried>();

/** The states that no step has reached, and the ways that none has taken, as far as the tests of this file have run. */
export function untried(machine: AnyStateMachine): readonly string[] {
  const { states, ways } = triedOf(machine);
  const nodes = nodesOf(machine.root);
  const all: Ways = new Map(nodes.flatMap((node) => [...waysOf(node)]));
  return [
    ...nodes.filter((node) => !states.has(node)).map(({ id }) => id),
    ...[...all].filter(([way]) => !ways.has(way)).map(([, name]) => name),
  ];
}

function triedOf(machine: AnyStateMachine): Tried {
  const known = tried.get(machine) ?? { states: new Set(), ways: new Set() };
  tried.set(machine, known);
  return known;
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

/** The ways out of a state, or through it, with a name for each. */
function waysOf(node: AnyStateNode): Ways {
  const named = (event: string, ways: readonly AnyTransitionDefinition[]) =>
    ways.map((way, index) => [way, `${node.id}: ${event}, way ${index + 1}`] as const);
  return new Map([
    ...named('at once', node.always ?? []),
    ...[...node.transitions].flatMap(([event, ways]) => named(event, ways)),
  ]);
}

interface Delay {
  readonly id: string;
  readonly ms: number;
  readonly event: { readonly type: string };
}

type Scope = Parameters<AnyStateMachine['transition']>[2];

class Run {
  readonly #machine: AnyStateMachine;
  readonly #gone: readonly string[];
  #snapshot: AnyMachineSnapshot | undefined;
  #effects: RuntimeEffect[] = [];
  #ways: AnyTransitionDefinition[] = [];
  #delays: readonly Delay[] = [];
  #begun: readonly Delay[] = [];

  constructor(machine: AnyStateMachine, gone: readonly string[], input: unknown) {
    this.#machine = machine;
    this.#gone = gone;
    this.#snapshot = this.#keep(initialTransition(this.#logic(), input));
  }

  take(event: { readonly type: string } | Passed): void {
    assert(this.#snapshot?.status === 'active', 'pre:step.take:is-not-done');
    const sent = 'ms' in event && event.type === 'passed' ? this.#endOf(event.ms) : event;
    this.#snapshot = this.#keep(transition(this.#logic(), this.#snapshot, sent));
  }

  last(): Outcome {
    const delays = this.#begun.map(({ ms }) => ms);
    const value = this.#snapshot?.value as StateValue;
    return { value, effects: this.#effects, ...(delays.length === 0 ? {} : { delays }) };
  }

  /** The machine, each of its steps in a turn of its own. Before each step xstate begins an actor that it forgets. */
  #logic(): AnyActorLogic {
    const machine = this.#machine;
    const logic: Pick<AnyStateMachine, 'getInitialSnapshot' | 'transition'> = {
      getInitialSnapshot: (scope, input) =>
        this.#snapshot ?? this.#watch(scope, () => machine.getInitialSnapshot(scope, input)),
      transition: (snapshot, event, scope) =>
        this.#watch(scope, () => machine.transition(snapshot, event, scope)),
    };
    return logic as AnyActorLogic;
  }

  #watch({ system }: Scope, step: () => AnyMachineSnapshot): AnyMachineSnapshot {
    const effects: RuntimeEffect[] = [];
    const ways: AnyTransitionDefinition[] = [];
    this.#effects = effects;
    this.#ways = ways;
    (system as ActorSystem<ActorSystemInfo>).inspect((seen: InspectionEvent) => {
      if (seen.type === '@xstate.microstep') ways.push(...seen._transitions);
    });
    const turn: Turn = {
      keep: (effect) => void effects.push(effect),
      has: (id) => !this.#gone.includes(id),
    };
    return takeTurn(turn, step);
  }

  #keep([snapshot, actions]: readonly [unknown, readonly unknown[]]): AnyMachineSnapshot {
    const present = snapshot as AnyMachineSnapshot;
    // xstate keeps what an action of the first step throws.
    if (present.status === 'error') throw present.error;
    const { states, ways } = triedOf(this.#machine);
    for (const way of this.#ways) ways.add(way);
    const passedThrough = this.#ways.flatMap(({ source, target }) => [source, ...(target ?? [])]);
    for (const node of [...passedThrough, ...(present._nodes as AnyStateNode[])]) {
      for (let at: AnyStateNode | undefined = node; at !== undefined; at = at.parent)
        states.add(at);
    }
    const before = new Set(this.#delays);
    for (const action of actions as readonly ScheduleAction[]) this.#schedule(action);
    this.#begun = this.#delays.filter((delay) => !before.has(delay));
    return present;
  }

  #schedule({ type, params }: ScheduleAction): void {
    if (type === 'xstate.raise' && params.delay !== undefined) {
      const { id, event, delay } = params;
      this.#delays = [...this.#delays, { id, event, ms: delay }];
    } else if (type === 'xstate.cancel') {
      this.#delays = this.#delays.filter(({ id }) => id !== params.sendId);
    } else throw new Error(`An action that is not of src/runtime/act.ts: ${type}`);
  }

  #endOf(ms: number): Delay['event'] {
    const [ended, another] = this.#delays.filter((delay) => delay.ms === ms);
    assert(ended !== undefined, `pre:step.passed:a-delay-of-${ms}-ms-is-on`);
    assert(another === undefined, `pre:step.passed:one-delay-of-${ms}-ms-is-on`);
    this.#delays = this.#delays.filter((delay) => delay !== ended);
    return ended.event;
  }
}

/** What a pure step leaves to do for xstate: delays. */
interface ScheduleAction {
  readonly type: string;
  readonly params: {
    readonly id: string;
    readonly event: { readonly type: string };
    readonly delay?: number;
    readonly sendId: string;
  };
}
