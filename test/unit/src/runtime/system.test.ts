/** The runtime by its public interface: machines that emit effects, a clock, handlers. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, emit, setup } from 'xstate';
import { NS_PER_MS_BIGINT } from '../../../../src/base/time.ts';
import type { ActorEffect, StartEffect } from '../../../../src/effects/contract/actor.ts';
import type { World } from '../../../../src/port/world.ts';
import { type Deliver, startSystem } from '../../../../src/runtime/system.ts';

type Ping = { type: 'ping.send'; text: string };
type Event =
  | { type: 'start' }
  | { type: 'ponged'; text: string }
  | { type: 'stray' }
  | { type: 'boom' };

/** A clock that a test moves by hand. */
function handClock() {
  const timers: { at: number; fire: () => void }[] = [];
  const logged: string[] = [];
  let now = 0;
  const world: Pick<World, 'clock' | 'log'> = {
    clock: {
      monotonicNs: () => BigInt(now) * NS_PER_MS_BIGINT,
      realtimeNs: () => BigInt(now) * NS_PER_MS_BIGINT,
      setTimer: (delayMs, fire) => {
        const timer = { at: now + delayMs, fire };
        timers.push(timer);
        return { cancel: () => void timers.splice(timers.indexOf(timer) >>> 0, 1) };
      },
    },
    log: (event) => void logged.push(event),
  };
  const advance = (byMs: number): void => {
    now += byMs;
    for (const timer of timers.filter(({ at }) => at <= now)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.fire();
    }
  };
  return { world, advance, logged };
}

const machine = setup({
  types: {
    context: {} as { readonly heard: readonly string[] },
    events: {} as Event,
    emitted: {} as Ping,
  },
}).createMachine({
  id: 'pinger',
  context: { heard: [] },
  initial: 'idle',
  states: {
    idle: { on: { start: 'pinging' } },
    pinging: {
      entry: [
        emit({ type: 'ping.send' as const, text: 'one' }),
        emit({ type: 'ping.send' as const, text: 'two' }),
      ],
      after: { 50: 'late' },
      on: {
        ponged: {
          actions: assign({ heard: ({ context, event }) => [...context.heard, event.text] }),
        },
        boom: {
          actions: () => {
            throw new Error('broken');
          },
        },
      },
    },
    late: { entry: emit({ type: 'ping.send' as const, text: 'late' }), on: { ponged: {} } },
  },
});

/** A system whose root starts two guests on the event `come`, and is done on the event `end`. */
function hosting() {
  const guestNamed = (id: string) =>
    ({ type: 'actor.start', logic: 'guest', id, input: undefined }) as const;
  const guest = setup({
    types: { events: {} as { type: 'end' } | { type: 'boom' } },
    actions: {
      explode: () => {
        throw new Error('a guest broke');
      },
    },
  }).createMachine({
    initial: 'alive',
    states: {
      alive: { on: { end: 'dead', boom: { actions: 'explode' } } },
      dead: { type: 'final' },
    },
  });
  const host = setup({
    types: { events: {} as { type: 'come' } | { type: 'end' }, emitted: {} as StartEffect },
  }).createMachine({
    initial: 'open',
    states: { open: { on: { end: 'closed' } }, closed: { type: 'final' } },
    on: {
      come: {
        actions: [emit(guestNamed('one')), emit(guestNamed('two'))],
      },
    },
  });
  const { world } = handClock();
  const turns: string[] = [];
  const errors: unknown[] = [];
  let deliverTo: Deliver = () => undefined;
  const system = startSystem({
    world,
    logic: host,
    id: 'root',
    input: undefined,
    logics: { guest },
    handlers: (deliver) => {
      deliverTo = deliver;
      return {};
    },
    inspect: (actor, { value, status }) => void turns.push(`${actor} ${String(value)} ${status}`),
    onError: (error) => void errors.push(error),
  });
  return {
    system,
    turns,
    errors,
    deliver: (to: string, event: { type: string }) => deliverTo(to, event),
  };
}

describe('startSystem()', () => {
  it('performs effects in order, after the step, and delivers their outcomes', () => {
    const { world } = handClock();
    const order: string[] = [];
    const system = startSystem({
      world,
      logic: machine,
      id: 'root',
      input: undefined,
      handlers: (deliver: Deliver) => ({
        ping: (effect: Ping, from: string) => {
          order.push(`effect ${effect.text}`);
          // An event delivered inside the call waits until all effects of the same step are performed.
          deliver(from, { type: 'ponged', text: effect.text } as Event);
        },
      }),
      inspect: (actor, { value }) => void order.push(`${actor} is ${String(value)}`),
    });
    system.send({ type: 'start' });
    const [idle, pinging] = ['root is idle', 'root is pinging'];
    expect(order).toEqual([idle, pinging, 'effect one', 'effect two', pinging, pinging]);
    expect(system.states()).toEqual({ root: 'pinging' });
  });

  it('runs delays on the clock of the World', () => {
    const { world, advance } = handClock();
    const texts: string[] = [];
    const handlers = () => ({ ping: (effect: Ping) => void texts.push(effect.text) });
    const system = startSystem({ world, logic: machine, id: 'root', input: undefined, handlers });
    system.send({ type: 'start' });
    advance(49);
    expect(texts).toEqual(['one', 'two']);
    advance(1);
    expect(texts).toEqual(['one', 'two', 'late']);
    system.stop();
  });

  it('counts and reports events that no state names, but not those that a state ignores by name', () => {
    const { world, logged, advance } = handClock();
    const handlers = () => ({ ping: () => undefined });
    const system = startSystem({ world, logic: machine, id: 'root', input: undefined, handlers });
    system.send({ type: 'stray' });
    expect(system.counts().unhandled).toBe(1);
    expect(logged).toEqual(['actor.eventIgnored']);
    system.send({ type: 'start' });
    advance(50);
    system.send({ type: 'ponged', text: 'too late' });
    expect(system.counts().unhandled).toBe(1);
  });

  it('stops when an actor throws, and reports it outside of the machine', () => {
    const { world } = handClock();
    const errors: unknown[] = [];
    const handlers = () => ({ ping: () => undefined });
    const system = startSystem({
      world,
      logic: machine,
      id: 'root',
      input: undefined,
      handlers,
      onError: (error) => {
        errors.push(error);
        throw new Error('the caller sees this');
      },
    });
    system.send({ type: 'start' });
    expect(() => system.send({ type: 'boom' })).toThrow('the caller sees this');
    expect(errors).toEqual([new Error('broken')]);
    system.send({ type: 'ponged', text: 'late' });
    expect(errors).toHaveLength(1);
  });

  it('stops when a machine never comes to rest', () => {
    const { world } = handClock();
    const errors: unknown[] = [];
    const round = (turns: number) =>
      setup({ types: { context: {} as { left: number } } }).createMachine({
        context: { left: turns },
        initial: 'one',
        states: {
          one: { always: { guard: ({ context }) => context.left > 0, target: 'two' } },
          two: {
            always: {
              target: 'one',
              actions: assign(({ context }) => ({ left: context.left - 1 })),
            },
          },
        },
      });
    const start = (turns: number) => {
      const onError = (error: unknown) => void errors.push(error);
      const logic = round(turns);
      startSystem({ world, logic, id: 'root', input: undefined, handlers: () => ({}), onError });
    };
    start(499);
    expect(errors).toEqual([]);
    start(501);
    expect(errors.map(String)).toEqual([expect.stringContaining('more than 1000 microsteps')]);
  });

  it('stops when actors and effects keep each other busy for ever', () => {
    const { world } = handClock();
    const errors: unknown[] = [];
    const echo = setup({ types: { events: {} as Event, emitted: {} as Ping } }).createMachine({
      on: { ponged: { actions: emit({ type: 'ping.send' as const, text: 'again' }) } },
    });
    const system = startSystem({
      world,
      logic: echo,
      id: 'root',
      input: undefined,
      handlers: (deliver: Deliver) => ({
        ping: ({ text }: Ping, from: string) => deliver(from, { type: 'ponged', text } as Event),
      }),
      onError: (error) => void errors.push(error),
    });
    system.send({ type: 'ponged', text: 'once' });
    expect(errors.map(String)).toEqual([
      expect.stringMatching(/^Error: Actors do not come to rest: \d+ effects and events in a row$/),
    ]);
    expect(system.counts().actors).toBe(1);
  });

  it('refuses an effect without a handler', () => {
    const { world } = handClock();
    const system = startSystem({
      world,
      logic: machine,
      id: 'root',
      input: undefined,
      handlers: () => ({}),
    });
    expect(() => system.send({ type: 'start' })).toThrow('No handler for effect "ping.send"');
  });

  it('delivers an event from one actor to another in order, and drops events for ended actors', () => {
    const kid = setup({
      types: { events: {} as { type: 'end' } | { type: 'ponged' }, emitted: {} as Ping },
    }).createMachine({
      initial: 'alive',
      states: {
        alive: {
          on: { end: 'dead', ponged: { actions: emit({ type: 'ping.send', text: 'heard' }) } },
        },
        dead: { type: 'final' },
      },
    });
    const tellKid = (type: string): ActorEffect => ({
      type: 'actor.tell',
      to: 'kid',
      event: { type },
    });
    const parent = setup({
      types: {
        events: {} as { type: 'spawn' } | { type: 'end' } | { type: 'stop' },
        emitted: {} as Ping | ActorEffect | StartEffect,
      },
    }).createMachine({
      on: {
        spawn: {
          actions: [
            emit({ type: 'actor.start', logic: 'kid', id: 'kid', input: undefined }),
            emit(tellKid('ponged')),
            emit({ type: 'ping.send', text: 'sent' }),
          ],
        },
        end: { actions: [emit(tellKid('end')), emit(tellKid('ponged'))] },
        stop: { actions: [emit({ type: 'actor.stop', id: 'kid' }), emit(tellKid('ponged'))] },
      },
    });
    const { world } = handClock();
    const texts: string[] = [];
    const system = startSystem({
      world,
      logic: parent,
      logics: { kid },
      id: 'root',
      input: undefined,
      handlers: () => ({ ping: ({ text }: Ping) => void texts.push(text) }),
    });
    for (const [count, end] of ['end', 'stop'].entries()) {
      system.send({ type: 'spawn' });
      expect(system.states()).toHaveProperty('kid', 'alive');
      expect(texts.splice(0)).toEqual(['sent', 'heard']);
      expect(system.counts().undelivered).toBe(count);
      system.send({ type: end as 'end' | 'stop' });
      expect(system.states()).not.toHaveProperty('kid');
      expect(system.counts().actors).toBe(1);
      expect(system.counts().undelivered).toBe(count + 1);
    }
  });

  it('starts actors that are not children of the root, and stops with the first that throws', () => {
    const { system, turns, errors, deliver } = hosting();
    system.send({ type: 'come' });
    expect(system.states()).toEqual({ root: 'open', one: 'alive', two: 'alive' });
    const alive = ['root open', 'root open', 'one alive', 'two alive'];
    expect(turns.splice(0)).toEqual(alive.map((text) => `${text} active`));
    deliver('one', { type: 'end' });
    expect(turns).toEqual(['one dead done']);
    expect(system.counts().actors).toBe(2);
    expect(system.counts().unhandled).toBe(0);
    deliver('two', { type: 'boom' });
    expect(errors).toEqual([new Error('a guest broke')]);
  });

  it('fails when xstate starts a child, whose effects the runtime would not perform', () => {
    const { world } = handClock();
    const kid = createMachine({});
    const logic = setup({ actors: { kid } }).createMachine({ invoke: { src: 'kid', id: 'kid' } });
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    startSystem({ world, logic, id: 'root', input: undefined, handlers: () => ({}), onError });
    expect(errors).toEqual([
      new Error('"root" has a child "kid": actors are started by an effect, actor.start'),
    ]);
  });

  it('refuses to start an actor whose logic it does not have, and a second one of an id', () => {
    const { world } = handClock();
    const start = (logic: string, id: string) => {
      const root = setup({ types: { emitted: {} as StartEffect } }).createMachine({
        entry: emit({ type: 'actor.start', logic, id, input: undefined }),
      });
      const [logics, handlers] = [{ kid: createMachine({}) }, () => ({})];
      startSystem({ world, logic: root, logics, id: 'root', input: undefined, handlers });
    };
    expect(() => start('unheard', 'of')).toThrow('No logic "unheard" for actor "of"');
    expect(() => start('kid', 'root')).toThrow('There is an actor "root" already');
  });

  it('delivers no event once the root is done', () => {
    const { system, errors, deliver } = hosting();
    system.send({ type: 'come' });
    system.send({ type: 'end' });
    deliver('one', { type: 'end' });
    deliver('two', { type: 'boom' });
    expect(system.counts().undelivered).toBe(2);
    expect(system.states()).toEqual({ one: 'alive', two: 'alive' });
    expect(errors).toEqual([]);
  });
});
