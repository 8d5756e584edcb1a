/**
 * A machine as a pure step: events in, state and effects out. No World, no runtime system, no simulated machine. Each
 * test starts from the initial state and lists the events that lead to its step.
 *
 * A machine's context is private; its later steps show it. A test therefore compares a whole step without the context:
 * state, effects in order, delays that begin.
 *
 * The recorder notes each transition that a step takes. The last test of a machine compares these with its definition
 * (`untried`): it finds a new state, event or condition without a test.
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

/** The result of the last event. */
export interface Outcome {
  readonly value: StateValue;
  /** In the order in which the runtime would perform them. */
  readonly effects: readonly RuntimeEffect[];
  /** Delays that began with the event and still run after it, milliseconds. Absent: none. */
  readonly delays?: readonly number[];
}

/** The end of a delay of this length: an event for the state that waits for it. */
export interface Passed {
  readonly type: 'passed';
  readonly ms: number;
}

export function passed(ms: number): Passed {
  return { type: 'passed', ms };
}

/** Starts a machine with this input, sends it each event, and returns the last step. */
export type Stepper<M extends AnyStateMachine> = (
  input: InputFrom<M>,
  ...events: readonly (EventFromLogic<M> | Passed)[]
) => Outcome;

/** An actor exists unless its id is among `gone`. */
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

/** States that no step reached and transitions that no step took, in the tests of this file so far. */
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

/** The transitions of a state, including those without a new state, each with a name. */
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

/** The part of a pure step that xstate performs: delays. */
interface ScheduleAction {
  readonly type: string;
  readonly params: {
    readonly id: string;
    readonly event: { readonly type: string };
    readonly delay?: number;
    readonly sendId: string;
  };
}
