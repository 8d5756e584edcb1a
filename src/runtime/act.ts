/**
 * The actions of our machines: functions that read the context and the event, change the context and emit effects.
 * An event for another actor is an effect too; the runtime performs all effects in order.
 *
 * xstate has its own action creators for this (`enqueueActions`, `assign`, `emit`). Measured with Node 20, these took
 * most of the machines' time: `enqueueActions` makes ten closures per call and an action for every change and effect,
 * `assign` computes the state value again although a change of the context does not alter it, and `emit` keeps each
 * effect with its context and event. xstate resolves our actions like its own, and they pass effects to the runtime
 * at once; a property test compares ours with xstate's.
 */
import type {
  ActionArgs,
  ActionFunction,
  AnyMachineSnapshot,
  EventObject,
  MachineContext,
  ParameterizedObject,
} from 'xstate';
import { assert } from '../base/assert.ts';
import { emitNow } from './turn.ts';

/** The calls of an action. A change does not affect the `context` that the action has. */
export interface Enqueue<Context, Effect> {
  assign(changes: Partial<Context>): void;
  emit(effect: Effect): void;
}

/** The arguments of an action. */
export interface Scene<Context, Event, Effect> {
  readonly context: Context;
  readonly event: Event;
  readonly enqueue: Enqueue<Context, Effect>;
}

type Params = ParameterizedObject['params'] | undefined;
/** `E`: the events of the transitions that use the action; `All`: those of its machine. */
type Action<
  C extends MachineContext,
  E extends EventObject,
  P extends Params,
  All extends EventObject,
  F extends EventObject,
> = ActionFunction<C, E, All, P, never, never, never, never, F>;

class ActionRecorder<Context, Effect extends EventObject> implements Enqueue<Context, Effect> {
  changes: Partial<Context> | undefined;

  assign(changes: Partial<Context>): void {
    this.changes = this.changes === undefined ? changes : { ...this.changes, ...changes };
  }

  emit(effect: Effect): void {
    emitNow(effect);
  }
}

type Does = (scene: Scene<unknown, EventObject, EventObject>, params: unknown) => void;

function resolve(
  _: unknown,
  snapshot: AnyMachineSnapshot,
  { context, event }: ActionArgs<MachineContext, EventObject, EventObject>,
  params: unknown,
  { does }: { readonly does: Does },
): [AnyMachineSnapshot] {
  const recorder = new ActionRecorder<MachineContext, EventObject>();
  does({ context, event, enqueue: recorder }, params);
  if (recorder.changes === undefined) return [snapshot];
  return [changed(snapshot, { ...context, ...recorder.changes })];
}

/**
 * All members of xstate's snapshots, in its order: so V8 gives this object the same hidden class. A copy by `...` has
 * another hidden class, and all code of xstate that reads both becomes slower.
 */
function changed(snapshot: AnyMachineSnapshot, context: MachineContext): AnyMachineSnapshot {
  return {
    status: snapshot.status,
    output: snapshot.output as unknown,
    error: snapshot.error,
    machine: snapshot.machine,
    context,
    _nodes: snapshot._nodes,
    value: snapshot.value as unknown,
    tags: snapshot.tags,
    children: snapshot.children as unknown,
    historyValue: snapshot.historyValue,
    matches: snapshot.matches,
    hasTag: snapshot.hasTag,
    can: snapshot.can,
    getMeta: snapshot.getMeta,
    toJSON: snapshot.toJSON,
  } as AnyMachineSnapshot;
}

/** `type`: the name of the action in charts. */
function make<
  C extends MachineContext,
  E extends EventObject,
  P extends Params,
  All extends EventObject,
  F extends EventObject,
>(type: string, does: (scene: Scene<C, E, F>, params: P) => void): Action<C, E, P, All, F> {
  const action = (): void => undefined;
  return Object.assign(action, { type, does, resolve }) as Action<C, E, P, All, F>;
}

/** An action that may change the context and emit effects. */
export function act<
  C extends MachineContext,
  E extends EventObject,
  P extends Params,
  All extends EventObject,
  F extends EventObject,
>(does: (scene: Scene<C, E, F>, params: P) => void): Action<C, E, P, All, F> {
  return make('act', does);
}

/** The events of a union that have this type. */
export type OfType<Event extends EventObject, Type extends Event['type']> = Extract<
  Event,
  { readonly type: Type }
>;

/**
 * An action that reads its event: `act` for the events of one type, or of several. If a chart uses it for another
 * event, the assertion names the accepted types.
 */
export function on<
  C extends MachineContext,
  E extends EventObject,
  P extends Params,
  All extends EventObject,
  F extends EventObject,
  Type extends E['type'],
>(
  types: Type | readonly Type[],
  does: (scene: Scene<C, NoInfer<OfType<E, Type>>, F>, params: P) => void,
): Action<C, E, P, All, F> {
  const accepted: readonly string[] = typeof types === 'string' ? [types] : types;
  const rule = `pre:act.on:${accepted.join('|')}`;
  return make('act', (scene, params) => {
    assert(accepted.includes(scene.event.type), rule);
    does(scene as unknown as Scene<C, OfType<E, Type>, F>, params);
  });
}

/**
 * For actions outside of their machine's `setup`: after `const sessionActions = actionsOf<C, E, F>()`, the call
 * `sessionActions({ … })` types each action of the map as `setup` would.
 */
export function actionsOf<
  C extends MachineContext,
  E extends EventObject,
  F extends EventObject,
>() {
  return <P extends Record<string, Params>>(
    actions: {
      [K in keyof P]: Action<C, E, P[K], E, F>;
    },
  ) => actions;
}

/** An action that changes the context. */
export function assign<
  C extends MachineContext,
  E extends EventObject,
  P extends Params,
  All extends EventObject,
>(
  changes: Partial<NoInfer<C>> | ((scene: Scene<C, E, never>, params: P) => Partial<NoInfer<C>>),
): Action<C, E, P, All, never> {
  return make('assign', (scene, params) =>
    scene.enqueue.assign(typeof changes === 'function' ? changes(scene, params) : changes),
  );
}

/** An action that emits one effect. */
export function emit<
  C extends MachineContext,
  E extends EventObject,
  P extends Params,
  All extends EventObject,
  F extends EventObject,
>(
  effect: F | ((scene: Scene<C, E, NoInfer<F>>, params: P) => NoInfer<F>),
): Action<C, E, P, All, F> {
  return make('emit', (scene, params) =>
    scene.enqueue.emit(typeof effect === 'function' ? effect(scene, params) : effect),
  );
}
