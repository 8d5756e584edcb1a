/** The registration machine with registries of every kind: spoofed, old, new, hanging (R1.10 to R1.15). */

import { describe, expect, it } from 'vitest';
import { HANDSHAKE_MS_MAX } from '../../../actors/library/registration/context.ts';
import type { Simulation } from '../../../sim/machine/simulation.ts';
import { ok } from '../../../src/base/result.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import {
  GLOBAL_SOCKET,
  listenAs,
  logOf,
  makeGlobalDirectory,
  makeLab,
  must,
  speakTo,
  startApp,
  troubleOf,
} from '../../support/simulated/registration-stage.ts';

describe('registration', () => {
  it('is with both registries side by side, and leaves one channel to each (R1.10, R1.15)', () => {
    const lab = makeLab(1);
    const { simulation } = lab;
    simulation.spawn('root', 'lttng-sessiond');
    simulation.spawn('alice', 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: 1000 });
    expect([app.at('global'), app.at('user')]).toEqual(['registered', 'registered']);
    expect(app.hasSettled).toBe(true);
    // Two ends of each application's own channel; what it registered through is closed.
    expect(simulation.connectionEnds()).toBe(4);
    // No application waits on the common pipe any more.
    expect(simulation.pipes().map(({ waiters }) => waiters)).toEqual([0]);
    expect(troubleOf(lab, [app])).toEqual([]);
  });

  it('sends no credentials to the registry: the kernel supplies them (R1.15)', () => {
    const lab = makeLab(2);
    const { simulation } = lab;
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    const { conversations } = listenAs(root.world, GLOBAL_SOCKET, (message, { say }) => {
      if (message['type'] === 'hello')
        say({ type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 });
    });
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: 1000 });
    const [conversation] = conversations;
    expect(conversation?.messages.map((message) => Object.keys(message).sort())).toEqual([
      ['major', 'minor', 'type'],
      ['incarnation', 'libraryVersion', 'processName', 'tid', 'token', 'type'],
    ]);
    const { pid, uid, gid } = app.process;
    expect(conversation?.connection.peer()).toEqual(ok({ pid, uid, gid }));
  });
});

describe('an endpoint of another user (R1.12)', () => {
  it('that another user listens at is not even connected to', () => {
    const { simulation } = makeLab(3);
    const bob = simulation.login('bob');
    makeGlobalDirectory(simulation.login('root').world, 0o777);
    const { conversations } = listenAs(bob.world, GLOBAL_SOCKET);
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: 30_000 });
    expect(conversations).toEqual([]);
    expect(app.at('global')).toMatch(/^waitingOnPipe/);
  });

  it('behind a symbolic link is not connected to, whatever user owns its target', () => {
    const { simulation } = makeLab(4);
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    const { conversations } = listenAs(root.world, '/run/real.sock');
    simulation.makeLink('root', GLOBAL_SOCKET, '/run/real.sock');
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: 30_000 });
    expect(conversations).toEqual([]);
    expect(app.at('global')).toMatch(/^waitingOnPipe/);
  });

  it('that is a plain file of the right owner is not connected to', () => {
    const { simulation } = makeLab(5);
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    must(root.world.files.open(GLOBAL_SOCKET, 'create', 0o666)).close();
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: 30_000 });
    expect(app.at('global')).toMatch(/^waitingOnPipe/);
  });

  it('that replaces the right one at any moment receives nothing and gets no channel', () => {
    const swapped = { during: 0, after: 0 };
    for (let step = 0; step < 60; step++) {
      const lab = makeLab(6);
      const { simulation } = lab;
      const root = simulation.login('root');
      const bob = simulation.login('bob');
      const registry = simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: 100 });
      must(root.world.files.setMode('/run/lttng-ts', 0o777));
      const app = startApp(simulation, 'alice');
      simulation.run({ forMs: 10_000, stepsMax: step });
      must(bob.world.files.remove(GLOBAL_SOCKET));
      const strangers = listenAs(bob.world, GLOBAL_SOCKET);
      if (app.at('global') === 'registered') swapped.after++;
      else swapped.during++;
      simulation.run({ forMs: 5_000 });
      expect(strangers.conversations.flatMap(({ messages }) => messages)).toEqual([]);
      const passedSockets = simulation
        .sockets()
        .find(({ path }) => path === GLOBAL_SOCKET)?.passedSockets;
      expect(`step ${step}: ${passedSockets} passedSockets`).toBe(`step ${step}: 0 passedSockets`);
      // When the right endpoint is back, the application registers.
      strangers.listener.close();
      must(root.world.files.setMode('/run/lttng-ts', 0o755));
      simulation.kill(registry.pid);
      simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: 60_000 });
      expect(`step ${step}: ${app.at('global')}`).toBe(`step ${step}: registered`);
      expect(troubleOf(lab, [app])).toEqual([]);
    }
    // No application registers in a directory that others may write to.
    expect(swapped).toEqual({ during: 60, after: 0 });
  });
});

describe('versions (R1.13)', () => {
  const register = { type: 'registered' };

  it('of another major are refused by the library, with the reason and no further message', () => {
    const { simulation } = makeLab(7);
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    const { conversations } = listenAs(root.world, GLOBAL_SOCKET, (message, { say }) => {
      if (message['type'] === 'hello')
        say({ type: 'welcome', major: APP_PROTOCOL_MAJOR + 1, minor: 0 });
      else say(register);
    });
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: 5_000 });
    expect(conversations.flatMap(({ messages }) => messages)).toHaveLength(1);
    expect(conversations[0]?.isOver).toBe(true);
    expect(app.at('global')).toMatch(/^waitingOnPipe/);
    expect(logOf(simulation, app.process.pid).join('\n')).toContain(
      `version ${APP_PROTOCOL_MAJOR + 1}`,
    );
  });

  it.each([
    ['older', { type: 'hello', major: APP_PROTOCOL_MAJOR - 1, minor: 9 }],
    [
      'newer, with unknown members',
      { type: 'hello', major: APP_PROTOCOL_MAJOR + 1, minor: 1, cookie: 'x' },
    ],
  ])('of a library that is %s are refused by the registry with the reason', (_, hello) => {
    const lab = makeLab(8);
    const { simulation } = lab;
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    const answer = talk(simulation, [hello]);
    expect(answer).toEqual([
      {
        type: 'refused',
        reason: `the registry has protocol version ${APP_PROTOCOL_MAJOR}, the library version ${hello.major}`,
      },
      'closed',
    ]);
    expect(troubleOf(lab)).toEqual([]);
  });

  it('of another minor work, also with members that only the newer side knows', () => {
    const lab = makeLab(9);
    const { simulation } = lab;
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    const answer = talk(simulation, [
      { type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 7, features: ['more'] },
    ]);
    expect(answer).toEqual([{ type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 }]);

    const bob = simulation.login('bob');
    must(bob.world.files.makeDirectory('/home/bob/.lttng-ts', 0o700));
    const { conversations } = listenAs(
      bob.world,
      '/home/bob/.lttng-ts/apps.sock',
      (message, { say }) => {
        if (message['type'] === 'hello')
          say({ type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 3, pace: 'fast' });
        else say(register);
      },
    );
    const app = startApp(simulation, 'bob');
    simulation.run({ forMs: 1_000 });
    expect(conversations[0]?.messages.map(({ type }) => type)).toEqual(['hello', 'register']);
    expect(app.at('user')).toBe('registered');
  });
});

describe('a registry that hangs is cut off after 10 seconds (R1.14)', () => {
  const stages: readonly [string, (type: unknown) => unknown][] = [
    ['before its first message', () => undefined],
    [
      'after the version',
      (type) =>
        type === 'hello' ? { type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 } : undefined,
    ],
  ];
  it.each(stages)('%s', (_, answer) => {
    const lab = makeLab(10);
    const { simulation } = lab;
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    const { conversations, listener } = listenAs(root.world, GLOBAL_SOCKET, (message, { say }) => {
      const word = answer(message['type']);
      if (word !== undefined) say(word);
    });
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: HANDSHAKE_MS_MAX - 1 });
    expect(app.at('global')).toMatch(/^handshaking/);
    simulation.run({ forMs: 10 });
    expect(app.at('global')).toMatch(/^waitingOnPipe/);
    simulation.run({ forMs: 100 });
    expect(conversations.map(({ isOver }) => isOver)).toEqual([true]);
    // Any event on the pipe makes it try again, now with a registry that answers.
    listener.close();
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: 1_000 });
    expect(app.at('global')).toBe('registered');
    expect(troubleOf(lab, [app])).toEqual([]);
  });

  it('also when it does not even accept', () => {
    const { simulation } = makeLab(11);
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    const { conversations } = listenAs(root.world, GLOBAL_SOCKET);
    // The kernel connects them, even when the registry does not accept.
    const app = startApp(simulation, 'alice');
    const startedAt = simulation.now;
    while (!app.at('global').startsWith('waitingOnPipe')) simulation.run({ stepsMax: 1, forMs: 1 });
    const tookMs = (simulation.now - startedAt) / NS_PER_MS;
    expect(tookMs).toBeGreaterThanOrEqual(HANDSHAKE_MS_MAX);
    expect(tookMs).toBeLessThan(HANDSHAKE_MS_MAX + 50);
    expect(conversations[0]?.messages.map(({ type }) => type)).toEqual(['hello']);
  });

  it('and a library that hangs is cut off by the registry', () => {
    const { simulation } = makeLab(12);
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    for (const words of [[], [{ type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 }]]) {
      const startedAt = simulation.now;
      const heard = talk(simulation, words, HANDSHAKE_MS_MAX - 500);
      expect(heard).not.toContain('closed');
      const later = talk(simulation, words, HANDSHAKE_MS_MAX + 500);
      expect(later).toContain('closed');
      expect(simulation.now).toBeGreaterThan(startedAt);
    }
    expect(simulation.connectionEnds()).toBe(0);
  });
});

/** Connects to the global registry as bob, says `words` and returns what comes back, `closed` last when it does. */
function talk(simulation: Simulation, words: readonly unknown[], forMs = 1_000): unknown[] {
  const { world, pid } = simulation.login('bob');
  const conversations = speakTo(world, GLOBAL_SOCKET, words);
  simulation.run({ forMs });
  const heard: unknown[] = conversations.flatMap(({ messages }) => messages);
  if (conversations[0]?.isOver === true) heard.push('closed');
  simulation.kill(pid);
  simulation.run({ forMs: 1 });
  return heard;
}
