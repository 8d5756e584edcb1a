/**
 * The runtime: runs one actor system of a process on a World.
 *
 * The runtime starts the actors, gives xstate the World's clock, and collects the effects that actors emit. After the
 * step that emitted them it performs them in order, each with the handler of its family, and delivers outcomes as
 * events. All of it is synchronous: one delivery with all its consequences, then the next. So only the World decides
 * the order, and a simulator that controls the World controls everything.
 *
 * An id, unique in the system, addresses each actor. Actors are not children of the root: each is an xstate system of
 * its own, and sends events to others as effects. xstate could do this too; but it copies the list of an actor's
 * children whenever one starts or ends, and its `inspect` took a tenth of a process's time.
 */
import {
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  type EventFromLogic,
  type InputFrom,
  type MachineOptions,
} from 'xstate';
import type { ActorEffect, StartEffect } from '../effects/contract/actor.ts';
import type { Timer } from '../port/clock.ts';
import type { World } from '../port/world.ts';
import { emitNow, presentTurn, type RuntimeEffect, type Turn, takeTurn } from './turn.ts';

export interface RuntimeEvent {
  readonly type: string;
}
/** The visible part of an actor; `value`: its state. */
export interface ActorView {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly value?: unknown;
}
/** Called for every actor after its start and after each of its turns. */
export type Inspect = (actor: string, seen: ActorView) => void;
export type Deliver = (to: string, event: RuntimeEvent) => void;
/** Performs effects of one family; `from` is the id of the actor that emitted the effect. */
export type FamilyHandler = (effect: never, from: string) => void;

export interface SystemOptions<L extends AnyActorLogic> {
  readonly world: Pick<World, 'clock' | 'log'>;
  readonly logic: L;
  /** Id of the root actor. */
  readonly id: string;
  readonly input: InputFrom<L>;
  /** Logics of the other actors of the system, by name. */
  readonly logics?: Readonly<Record<string, AnyActorLogic>>;
  /** Creates the handlers by family, with the system's `deliver`. */
  readonly handlers: (deliver: Deliver) => Readonly<Record<string, FamilyHandler>>;
  /** Timers must not keep the process alive (for the library in an application). */
  readonly background?: boolean;
  readonly inspect?: Inspect | undefined;
  /** Called for an event whose actor's state has no transition for it; the default logs it. */
  readonly onUnhandled?: (actor: string, event: RuntimeEvent) => void;
  /** Called when an actor threw and the system has stopped. The default logs; a daemon's main ends the process. */
  readonly onError?: (error: unknown) => void;
}

export interface Counts {
  /** Present actors. */
  readonly actors: number;
  /** Events without a transition in the actor's state. */
  readonly unhandled: number;
  /** Events for actors that have ended. */
  readonly undelivered: number;
}

export interface System<E extends RuntimeEvent = RuntimeEvent> {
  /** Delivers an event to the root actor, after all pending effects and events. */
  send(event: E): void;
  /** Ends the actors; the effects of their exit actions are not performed. */
  stop(): void;
  /** Current state value of every live actor by id, for display and for tests. */
  states(): Record<string, unknown>;
  counts(): Counts;
}

/** Most eventless transitions in one step before xstate calls it a loop. */
const ITERATIONS_MAX = 1000;
/** Most effects and events after one delivery: actors that exceed it keep each other busy for ever. */
const CONSEQUENCES_MAX = 1_000_000;

export function startSystem<L extends AnyActorLogic>(
  options: SystemOptions<L>,
): System<EventFromLogic<L>> {
  const runtime = new Runtime(options);
  runtime.begin();
  return runtime;
}

function current(): Runtime {
  const runtime = presentTurn();
  if (!(runtime instanceof Runtime)) throw new Error('Only the actors of a system have its clock');
  return runtime;
}

/**
 * Actors reach their surroundings only through {@link current}. At every step xstate assigns a closure to a property.
 * V8 (Node 20) puts such closures into the old space, and all that a closure references (the actor) lives until the
 * next full garbage collection: so an actor must not reference the data of its whole process.
 */
const SURROUNDINGS = {
  clock: {
    setTimeout: (fire: () => void, delayMs: number) => current().setTimer(fire, delayMs),
    clearTimeout: (timer: number) => current().cancelTimer(timer),
  },
  logger: (...args: unknown[]) => current().log(args.map(String).join(' ')),
};
const onError = { error: (error: unknown): void => current().fail(error) };

class Runtime implements System, Turn {
  readonly #options: SystemOptions<AnyActorLogic>;
  readonly #handlers: Readonly<Record<string, FamilyHandler>>;
  readonly #actors = new Map<string, AnyActorRef>();
  readonly #inbox: { to: string; event: RuntimeEvent }[] = [];
  readonly #outbox: { from: string; effect: RuntimeEffect }[] = [];
  readonly #timers = new Map<number, Timer>();
  #timerCount = 0;
  /** Id of the actor whose turn it is. */
  #at = '';
  #busy = false;
  #stopped = false;
  #unhandled = 0;
  #undelivered = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: SystemOptions<AnyActorLogic>) {
    this.#options = options;
    this.#handlers = options.handlers((to, event) => {
      this.#inbox.push({ to, event });
      this.#drain();
    });
  }

  begin(): void {
    const { logic, id } = this.#options;
    const input: unknown = this.#options.input;
    this.#busy = true;
    this.#start(logic, id, input);
    this.#busy = false;
    this.#reportFailure();
    this.#drain();
  }

  send(event: RuntimeEvent): void {
    this.#inbox.push({ to: this.#options.id, event });
    this.#drain();
  }

  stop(): void {
    this.#stopped = true;
    for (const id of [...this.#actors.keys()]) this.#end(id);
  }

  states(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.#actors].map(([id, actor]) => [id, snapshotOf(actor).value]),
    );
  }

  counts(): Counts {
    return {
      actors: this.#actors.size,
      unhandled: this.#unhandled,
      undelivered: this.#undelivered,
    };
  }

  has(id: string): boolean {
    return this.#actors.has(id);
  }

  keep(effect: RuntimeEffect): void {
    this.#outbox.push({ from: this.#at, effect });
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  log(text: string): void {
    this.#options.world.log('actor.debug', { text });
  }

  setTimer(fire: () => void, delayMs: number): number {
    const [timer, at] = [++this.#timerCount, this.#at];
    const go = (): void => {
      this.#timers.delete(timer);
      const actor = this.#actors.get(at);
      if (this.#stopped || actor === undefined || !this.#isAlive()) return;
      this.#turn(actor, fire);
      this.#reportFailure();
      this.#drain();
    };
    const { clock } = this.#options.world;
    const { background = false } = this.#options;
    this.#timers.set(timer, clock.setTimer(delayMs, go, { background }));
    return timer;
  }

  cancelTimer(timer: number): void {
    this.#timers.get(timer)?.cancel();
    this.#timers.delete(timer);
  }

  #drain(): void {
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    try {
      for (let count = 0; !this.#stopped; count++) {
        if (count > CONSEQUENCES_MAX) {
          this.fail(new Error(`Actors do not come to rest: ${count} effects and events in a row`));
        } else {
          const next = this.#outbox.shift();
          if (next !== undefined) this.#perform(next.from, next.effect);
          else if (!this.#deliverNext()) break;
        }
        this.#reportFailure();
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Runs outside of xstate, which would swallow an exception from `onError`. */
  #reportFailure(): void {
    if (this.#failure === undefined || this.#stopped) return;
    const { error } = this.#failure;
    this.#stopped = true;
    const { onError: report, world } = this.#options;
    if (report === undefined) world.log('actors.failed', { error: String(error) });
    else report(error);
  }

  #deliverNext(): boolean {
    const next = this.#inbox.shift();
    if (next === undefined) return false;
    const { to, event } = next;
    const actor = this.#actors.get(to);
    if (actor === undefined || !this.#isAlive()) {
      this.#undelivered += 1;
      this.#options.world.log('actor.eventDropped', { actor: to, 'event-type': event.type });
      return true;
    }
    if (!declares(snapshotOf(actor), event.type)) this.#noteUnhandled(to, event);
    this.#turn(actor, () => actor.send(event));
    return true;
  }

  #noteUnhandled(actor: string, event: RuntimeEvent): void {
    this.#unhandled += 1;
    const { onUnhandled, world } = this.#options;
    if (onUnhandled === undefined)
      world.log('actor.eventIgnored', { actor, 'event-type': event.type });
    else onUnhandled(actor, event);
  }

  #perform(from: string, effect: RuntimeEffect): void {
    const family = familyOf(effect.type);
    if (family === 'actor') {
      this.#performOwn(effect as ActorEffect | StartEffect);
      return;
    }
    const handler = this.#handlers[family];
    if (handler === undefined) throw new Error(`No handler for effect "${effect.type}"`);
    handler(effect as never, from);
  }

  #performOwn(effect: ActorEffect | StartEffect): void {
    switch (effect.type) {
      case 'actor.tell':
        this.#inbox.push(effect);
        return;
      case 'actor.start': {
        const logic = this.#options.logics?.[effect.logic];
        if (logic === undefined) {
          throw new Error(`No logic "${effect.logic}" for actor "${effect.id}"`);
        }
        this.#start(logic, effect.id, effect.input);
        return;
      }
      case 'actor.stop':
        this.#end(effect.id);
    }
  }

  #start(logic: AnyActorLogic, id: string, input: unknown): void {
    if (this.#actors.has(id)) throw new Error(`There is an actor "${id}" already`);
    bound(logic);
    this.#as(id, () => {
      const actor = createActor(logic, { id, input, ...SURROUNDINGS });
      this.#actors.set(id, actor);
      actor.on('*', emitNow);
      actor.subscribe(onError);
      this.#turn(actor, () => actor.start());
    });
  }

  #end(id: string): void {
    const actor = this.#actors.get(id);
    if (actor !== undefined) this.#turn(actor, () => actor.stop());
  }

  /** Runs `act` as a turn of the actor; an actor that is done after it receives no more events. */
  #turn(actor: AnyActorRef, act: () => void): void {
    const { id } = actor;
    this.#as(id, act);
    const seen = snapshotOf(actor);
    for (const child in seen.children) {
      this.fail(
        new Error(`"${id}" has a child "${child}": actors are started by an effect, actor.start`),
      );
    }
    if (seen.status !== 'active') this.#actors.delete(id);
    this.#options.inspect?.(id, seen);
  }

  #as(id: string, act: () => void): void {
    const before = this.#at;
    this.#at = id;
    try {
      takeTurn(this, act);
    } finally {
      this.#at = before;
    }
  }

  /** Once the root is done, the runtime delivers no event and no timer fires. */
  #isAlive(): boolean {
    return this.#actors.has(this.#options.id);
  }
}

/** Families by type of effect: V8 looks up a member by a freshly sliced string more slowly. */
const families = new Map<string, string>();

function familyOf(type: string): string {
  const known = families.get(type);
  if (known !== undefined) return known;
  const family = type.slice(0, type.indexOf('.'));
  families.set(type, family);
  return family;
}

/** Sets the bound on a machine: xstate reads it from there only, and has no default. */
function bound(logic: AnyActorLogic): void {
  const { options } = logic as { options?: MachineOptions };
  if (options?.maxIterations === Number.POSITIVE_INFINITY) options.maxIterations = ITERATIONS_MAX;
}

/** The members that the runtime reads of any actor's snapshot. */
interface AnySnapshot extends ActorView {
  readonly children?: object;
  /** The present states; only machines have them. */
  readonly _nodes?: readonly { readonly config: { readonly on?: object } }[];
}

function snapshotOf(actor: AnyActorRef): AnySnapshot {
  return actor.getSnapshot() as AnySnapshot;
}

/**
 * Whether the present states of a machine name this event, independent of guards. Read from the configuration, because
 * xstate's own list leaves out events that a state names in order to ignore them.
 */
function declares(snapshot: AnySnapshot, type: string): boolean {
  if (snapshot._nodes === undefined) return true;
  return snapshot._nodes.some((node) => Object.hasOwn(node.config.on ?? {}, type));
}
