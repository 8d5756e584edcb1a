/**
 * The runtime: runs one actor system of a process on a World.
 *
 * It starts the root machine, gives xstate the World's clock, collects the effects that actors emit, hands them
 * in order to their handlers once the step that emitted them is over, and delivers outcomes as events. All of it
 * is synchronous: one delivery, its whole consequence, then the next. So only the World decides orders, and a
 * simulator that controls the World controls everything.
 *
 * Actors are addressed by their id: every actor of a system needs an explicit, unique one.
 */
import {
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  type EventFromLogic,
  type InputFrom,
  type InspectionEvent,
} from 'xstate';
import type { World } from '../port/world.ts';

/** Anything an actor may emit for the runtime to perform; `type` is `family.verb`. */
export interface RuntimeEffect {
  readonly type: string;
}
export interface RuntimeEvent {
  readonly type: string;
}
/** Sees every inspection event of xstate in a system. */
export type Inspect = (event: InspectionEvent) => void;
export type Deliver = (to: string, event: RuntimeEvent) => void;
/** Starts an actor beside the root, which is told when it is done. Nothing is delivered to it after the root's end. */
export type Start = <L extends AnyActorLogic>(logic: L, id: string, input: InputFrom<L>) => void;
/** Performs effects of one family; `from` is the id of the actor that asked. */
export type FamilyHandler = (effect: never, from: string) => void;

export interface SystemOptions<L extends AnyActorLogic> {
  readonly world: Pick<World, 'clock' | 'log'>;
  readonly logic: L;
  /** Id of the root actor. */
  readonly id: string;
  readonly input: InputFrom<L>;
  /** Handlers by family; made with the system's `deliver` and `start`. */
  readonly handlers: (deliver: Deliver, start: Start) => Readonly<Record<string, FamilyHandler>>;
  /** Timers that must not keep the process alive (a library inside somebody's program). */
  readonly background?: boolean;
  readonly inspect?: Inspect | undefined;
  /** An event that reached a state without a transition for it; counted and logged when absent. */
  readonly onUnhandled?: (actor: string, event: RuntimeEvent) => void;
  /** An actor threw: the system has stopped. The default logs; a daemon's main ends the process. */
  readonly onError?: (error: unknown) => void;
}

export interface System<E extends RuntimeEvent = RuntimeEvent> {
  /** Delivers an event to the root actor, after what is already under way. */
  send(event: E): void;
  /** Ends the actors without running their exit actions' effects. */
  stop(): void;
  /** Current state value of every live actor by id, for people and for tests. */
  states(): Record<string, unknown>;
  /** Actors that the system keeps. */
  readonly actorCount: number;
  /** Events that no state wanted. */
  readonly unhandledCount: number;
  /** Events for actors that are gone. */
  readonly undeliveredCount: number;
}

/** Most eventless transitions in one step before xstate calls it a loop. */
const ITERATIONS_MAX = 1000;
/** Most effects and events that follow from one delivery: actors with more keep each other busy for ever. */
const CONSEQUENCES_MAX = 1_000_000;

export function startSystem<L extends AnyActorLogic>(
  options: SystemOptions<L>,
): System<EventFromLogic<L>> {
  const { world } = options;
  const actors = new Map<string, AnyActorRef>();
  const inbox: { to: string; event: RuntimeEvent }[] = [];
  const outbox: { from: string; effect: RuntimeEffect }[] = [];
  let busy = false;
  let stopped = false;
  let unhandledCount = 0;
  let undeliveredCount = 0;
  let failure: { readonly error: unknown } | undefined;

  const onUnhandled =
    options.onUnhandled ??
    ((actor, event) => world.log('warn', 'Ignored an event', { actor, event: event.type }));
  const onError =
    options.onError ??
    ((error) => world.log('error', 'Actor system failed', { error: String(error) }));

  function drain(): void {
    if (busy || stopped) return;
    busy = true;
    try {
      for (let count = 0; !stopped; count++) {
        if (count > CONSEQUENCES_MAX) {
          const text = `Actors do not come to rest: ${count} effects and events in a row`;
          failure = { error: new Error(text) };
          reportFailure();
          return;
        }
        const next = outbox.shift();
        if (next !== undefined) perform(next.from, next.effect);
        else if (!deliverNext()) break;
        reportFailure();
      }
    } finally {
      busy = false;
    }
  }

  /** Outside of xstate, which would swallow what `onError` throws. */
  function reportFailure(): void {
    if (failure === undefined || stopped) return;
    stopped = true;
    onError(failure.error);
  }

  function deliverNext(): boolean {
    const next = inbox.shift();
    if (next === undefined) return false;
    const actor = actors.get(next.to);
    if (actor === undefined || !isActive(actor) || !isActive(root)) {
      undeliveredCount += 1;
      world.log('debug', 'Dropped an event', { actor: next.to, event: next.event.type });
      return true;
    }
    actor.send(next.event);
    return true;
  }

  function perform(from: string, effect: RuntimeEffect): void {
    const family = effect.type.slice(0, effect.type.indexOf('.'));
    const handler = handlers[family];
    if (handler === undefined) throw new Error(`No handler for effect "${effect.type}"`);
    handler(effect as never, from);
  }

  function onInspect(event: InspectionEvent): void {
    if (event.type === '@xstate.actor') adopt(event.actorRef as AnyActorRef);
    if (event.type === '@xstate.snapshot') forget(event.actorRef as AnyActorRef);
    if (event.type === '@xstate.event') checkHandled(event.actorRef as AnyActorRef, event.event);
    options.inspect?.(event);
  }

  function adopt(actor: AnyActorRef): void {
    actors.set(actor.id, actor);
    actor.on('*', (effect: RuntimeEffect) => outbox.push({ from: actor.id, effect }));
  }

  /** An actor that is done gets no more events. */
  function forget(actor: AnyActorRef): void {
    if (isActive(actor) || actors.get(actor.id) !== actor) return;
    actors.delete(actor.id);
  }

  function checkHandled(actor: AnyActorRef, event: RuntimeEvent): void {
    if (event.type.startsWith('xstate.')) return;
    if (declares(snapshotOf(actor), event.type)) return;
    unhandledCount += 1;
    onUnhandled(actor.id, event);
  }

  const clock = {
    setTimeout: (fire: (...args: unknown[]) => void, delayMs: number) =>
      world.clock.setTimer(
        delayMs,
        () => {
          if (stopped || !isActive(root)) return;
          fire();
          reportFailure();
          drain();
        },
        { background: options.background ?? false },
      ),
    clearTimeout: (timer: { cancel(): void } | undefined) => timer?.cancel(),
  };

  const start: Start = (logic, id, input) => {
    const actor = createActor(logic as AnyActorLogic, { id, systemId: id, input, parent: root });
    actor.start();
  };
  const handlers = options.handlers((to, event) => {
    inbox.push({ to, event });
    drain();
  }, start);
  const root = createActor(
    options.logic as AnyActorLogic,
    {
      id: options.id,
      systemId: options.id,
      input: options.input,
      clock,
      inspect: onInspect,
      logger: (...args: unknown[]) => world.log('debug', args.map(String).join(' ')),
      maxIterations: ITERATIONS_MAX,
    } as never,
  ) as AnyActorRef;
  root.subscribe({
    error(error) {
      failure = { error };
    },
  });
  busy = true;
  root.start();
  busy = false;
  reportFailure();
  drain();

  return {
    send(event) {
      inbox.push({ to: options.id, event });
      drain();
    },
    stop() {
      stopped = true;
      root.stop();
    },
    states() {
      const states: Record<string, unknown> = {};
      for (const [id, actor] of actors) {
        const snapshot = snapshotOf(actor);
        if (snapshot.status === 'active') states[id] = snapshot.value;
      }
      return states;
    },
    get actorCount() {
      return actors.size;
    },
    get unhandledCount() {
      return unhandledCount;
    },
    get undeliveredCount() {
      return undeliveredCount;
    },
  };
}

/** What the runtime reads of the snapshot of any kind of actor. */
interface AnySnapshot {
  readonly status: string;
  readonly value?: unknown;
  /** The present states; only machines have them. */
  readonly _nodes?: readonly { readonly config: { readonly on?: object } }[];
}

function snapshotOf(actor: AnyActorRef): AnySnapshot {
  return actor.getSnapshot() as AnySnapshot;
}

function isActive(actor: AnyActorRef): boolean {
  return snapshotOf(actor).status === 'active';
}

/**
 * Whether the present states of a machine name this event, whatever their guards say. From the configuration:
 * xstate's own list leaves out events that are named in order to be ignored.
 */
function declares(snapshot: AnySnapshot, type: string): boolean {
  if (snapshot._nodes === undefined) return true;
  return snapshot._nodes.some((node) => Object.hasOwn(node.config.on ?? {}, type));
}
