/**
 * The runtime: runs one actor system of a process on a World.
 *
 * It starts the actors, gives xstate the World's clock, collects the effects that actors emit, performs them in order
 * once the step that emitted them is over, each with the handler of its family, and delivers outcomes as events. All
 * of it is synchronous: one delivery, its whole consequence, then the next. So only the World decides orders, and a
 * simulator that controls the World controls everything.
 *
 * Actors are addressed by their id, which every actor of a system has for itself alone, and are beside the root, not
 * below one another. What one tells another is an effect like any other. xstate could do these things too; but it
 * copies the list of an actor's children whenever one comes or goes, and what it lets others see (`inspect`) cost a
 * tenth of all that a process did.
 */
import {
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  type EventFromLogic,
  type InputFrom,
} from 'xstate';
import type { World } from '../port/world.ts';

/** Anything an actor may emit for the runtime to perform; `type` is `family.verb`. */
export interface RuntimeEffect {
  readonly type: string;
}
export interface RuntimeEvent {
  readonly type: string;
}
/** What the runtime performs itself. */
export type ActorEffect =
  /** To an actor that may be gone. */
  | { type: 'actor.tell'; to: string; event: RuntimeEvent }
  /** `logic`: its name among the `logics` of the system. The root is told when it is done, or has failed. */
  | { type: 'actor.start'; logic: string; id: string; input: unknown };
/** Sees the state value of every actor, when it starts and after each of its events. */
export type Inspect = (actor: string, state: unknown) => void;
export type Deliver = (to: string, event: RuntimeEvent) => void;
/** Performs effects of one family; `from` is the id of the actor that asked. */
export type FamilyHandler = (effect: never, from: string) => void;

export interface SystemOptions<L extends AnyActorLogic> {
  readonly world: Pick<World, 'clock' | 'log'>;
  readonly logic: L;
  /** Id of the root actor. */
  readonly id: string;
  readonly input: InputFrom<L>;
  /** What other actors of the system run, by name. */
  readonly logics?: Readonly<Record<string, AnyActorLogic>>;
  /** Handlers by family; made with the system's `deliver`. */
  readonly handlers: (deliver: Deliver) => Readonly<Record<string, FamilyHandler>>;
  /** Timers that must not keep the process alive (a library inside somebody's program). */
  readonly background?: boolean;
  readonly inspect?: Inspect | undefined;
  /** An event that reached a state without a transition for it; counted and logged when absent. */
  readonly onUnhandled?: (actor: string, event: RuntimeEvent) => void;
  /** An actor threw: the system has stopped. The default logs; a daemon's main ends the process. */
  readonly onError?: (error: unknown) => void;
}

export interface Counts {
  /** Actors that the system keeps. */
  readonly actors: number;
  /** Events that no state wanted. */
  readonly unhandled: number;
  /** Events for actors that are gone. */
  readonly undelivered: number;
}

export interface System<E extends RuntimeEvent = RuntimeEvent> {
  /** Delivers an event to the root actor, after what is already under way. */
  send(event: E): void;
  /** Ends the actors without running their exit actions' effects. */
  stop(): void;
  /** Current state value of every live actor by id, for people and for tests. */
  states(): Record<string, unknown>;
  counts(): Counts;
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
  let unhandled = 0;
  let undelivered = 0;
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
    if (actor === undefined || !isActive(root)) {
      undelivered += 1;
      world.log('debug', 'Dropped an event', { actor: next.to, event: next.event.type });
      return true;
    }
    if (!declares(snapshotOf(actor), next.event.type)) {
      unhandled += 1;
      onUnhandled(next.to, next.event);
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

  function performOwn(effect: ActorEffect): void {
    if (effect.type === 'actor.tell') {
      inbox.push({ to: effect.to, event: effect.event });
      return;
    }
    const { id, logic: name, input } = effect;
    const logic = options.logics?.[name];
    if (logic === undefined) throw new Error(`No logic "${name}" for actor "${id}"`);
    run(createActor(logic, { id, systemId: id, input, parent: root }));
  }

  /** An actor that is done gets no more events. */
  function run(actor: AnyActorRef): void {
    const { id } = actor;
    actors.set(id, actor);
    actor.on('*', (effect: RuntimeEffect) => outbox.push({ from: id, effect }));
    actor.subscribe({
      ...(options.inspect === undefined
        ? {}
        : { next: (snapshot: AnySnapshot) => options.inspect?.(id, snapshot.value) }),
      complete: () => actors.delete(id),
      error: (error) => {
        actors.delete(id);
        failure ??= { error };
      },
    });
    actor.start();
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

  const handlers: Readonly<Record<string, FamilyHandler>> = {
    ...options.handlers((to, event) => {
      inbox.push({ to, event });
      drain();
    }),
    actor: performOwn,
  };
  const root = createActor(
    options.logic as AnyActorLogic,
    {
      id: options.id,
      systemId: options.id,
      input: options.input,
      clock,
      logger: (...args: unknown[]) => world.log('debug', args.map(String).join(' ')),
      maxIterations: ITERATIONS_MAX,
    } as never,
  ) as AnyActorRef;
  busy = true;
  run(root);
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
    // No getters: those of an object literal live in V8's old space, and with them all that they reach.
    counts: () => ({ actors: actors.size, unhandled, undelivered }),
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
