/** Waiting for a registry on the common pipe (R1.16): no signal is missed, no wait is busy, nothing leaks. */
import { describe, expect, it } from 'vitest';
import { VAIN_REST_MS_MAX } from '../../../actors/library/registration/context.ts';
import { misusePipe } from '../../../sim/adversaries/pipe-misuse.ts';
import { PIPE_MISUSES } from '../../../sim/input/attack.ts';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import { PIPE_WAIT_MS_MAX } from '../../../src/wire/endpoints.ts';
import {
  type App,
  COMMON_PIPE,
  GLOBAL_SOCKET,
  HOUR_MS,
  listenAs,
  logOf,
  makeGlobalDirectory,
  makeLab,
  must,
  startApp,
  troubleOf,
} from '../../support/simulated/registration-stage.ts';

/** Longer than any rest before a first probe, and shorter than PIPE_WAIT_MS_MAX: only a signal acts within it. */
const SOON_MS = 1_500;
/** Most World calls of one check of a registration: pipe, file, timers, log. */
const CALLS_PER_LOOK_MAX = 16;
const LOOKS_PER_HOUR = HOUR_MS / PIPE_WAIT_MS_MAX;

const isWaiting = (app: App): boolean =>
  app.at('global') === 'waitingOnPipe.listening' && app.at('user') === 'waitingOnPipe.listening';

describe('a registry that starts', () => {
  it('wakes every waiting application, in both scopes', () => {
    const lab = makeLab(20);
    const { simulation } = lab;
    const apps = ['alice', 'bob', 'carol'].map((user) => startApp(simulation, user));
    const root = startApp(simulation, 'root');
    simulation.run({ forMs: 5_000 });
    expect(apps.every(isWaiting)).toBe(true);
    expect(apps.every(({ hasSettled }) => hasSettled)).toBe(true);
    simulation.spawn('bob', 'lttng-sessiond');
    simulation.run({ forMs: SOON_MS });
    expect(apps.map((app) => app.at('user'))).toEqual([
      'waitingOnPipe.listening',
      'registered',
      'waitingOnPipe.listening',
    ]);
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: SOON_MS });
    const all = [...apps, root];
    expect(all.map((app) => app.at('global'))).toEqual(all.map(() => 'registered'));
    // Root's own registry is the global one.
    expect(root.at('user')).toBe('undefined');
    expect(troubleOf(lab, all)).toEqual([]);
  });

  it('is not missed, whatever the application is doing at that moment', () => {
    const doing = new Set<string>();
    for (let step = 0; step < 12; step++) {
      for (const seed of [21, 22, 23, 24]) {
        const lab = makeLab(seed);
        const { simulation } = lab;
        const app = startApp(simulation, 'alice');
        simulation.run({ forMs: 100, stepsMax: step });
        doing.add(app.at('global'));
        simulation.spawn('root', 'lttng-sessiond');
        simulation.run({ forMs: SOON_MS });
        expect(`${seed} ${step}: ${app.at('global')}`).toBe(`${seed} ${step}: registered`);
        expect(troubleOf(lab, [app])).toEqual([]);
      }
    }
    expect([...doing].sort()).toEqual(['waitingOnPipe.listening', 'waitingOnPipe.resting']);
  });

  it('is not missed, whatever the registry is doing when the application starts', () => {
    for (let step = 0; step < 12; step++) {
      const lab = makeLab(25);
      const { simulation } = lab;
      simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: 100, stepsMax: step });
      const app = startApp(simulation, 'alice');
      simulation.run({ forMs: SOON_MS });
      expect(`${step}: ${app.at('global')}`).toBe(`${step}: registered`);
      expect(troubleOf(lab, [app])).toEqual([]);
    }
  });

  it('is not missed at any World call of the registry or the application', () => {
    // The registry is killed at its n-th call and started anew: at every moment something else is half done.
    for (let call = 1; call < 90; call++) {
      const lab = makeLab(26);
      const { simulation } = lab;
      const app = startApp(simulation, 'alice');
      const first = simulation.spawn('root', 'lttng-sessiond');
      simulation.killAtCall(first.pid, call);
      simulation.run({ forMs: 50 });
      if (first.isAlive) simulation.kill(first.pid);
      simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: 20_000 });
      expect(`${call}: ${app.at('global')}`).toBe(`${call}: registered`);
      expect(troubleOf(lab, [app])).toEqual([]);
    }
  });

  it('again after a kill -9 gets its applications back, at every step of theirs', () => {
    for (let step = 0; step < 25; step++) {
      const lab = makeLab(27);
      const { simulation } = lab;
      const first = simulation.spawn('root', 'lttng-sessiond');
      const app = startApp(simulation, 'alice');
      simulation.run({ forMs: SOON_MS });
      expect(app.at('global')).toBe('registered');
      simulation.kill(first.pid);
      simulation.run({ forMs: SOON_MS, stepsMax: step });
      simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: SOON_MS });
      expect(`${step}: ${app.at('global')}`).toBe(`${step}: registered`);
      expect(troubleOf(lab, [app])).toEqual([]);
    }
  });

  it('gets all of many applications that register at once', () => {
    const lab = makeLab(28);
    const { simulation } = lab;
    // More than a backlog holds, and more than the passed sockets that a registry keeps.
    const apps = Array.from({ length: 520 }, () => startApp(simulation, 'root'));
    simulation.run({ forMs: 1_000 });
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: PIPE_WAIT_MS_MAX + 20_000 });
    expect(apps.filter((app) => app.at('global') !== 'registered')).toEqual([]);
    expect(troubleOf(lab, apps)).toEqual([]);
  });
});

describe('the common pipe', () => {
  it('is created by the first process that needs it, for all users (R1.16)', () => {
    const { simulation } = makeLab(30);
    startApp(simulation, 'bob');
    const [pipe] = simulation.listFiles().filter(({ path }) => path === COMMON_PIPE);
    expect(pipe).toMatchObject({ kind: 'pipe', mode: 0o666, uid: 1002 });
    expect(startApp(simulation, 'alice').at('global')).toMatch(/^waitingOnPipe/);
    expect(simulation.pipes()).toMatchObject([{ path: COMMON_PIPE, waiters: 4 }]);
  });

  const spoilt: readonly [string, string, (lab: ReturnType<typeof makeLab>) => void][] = [
    [
      'a plain file',
      'ENXIO',
      ({ simulation }) => {
        must(simulation.login('bob').world.files.open(COMMON_PIPE, 'create', 0o666)).close();
      },
    ],
    [
      'a link',
      'ELOOP',
      ({ simulation }) => {
        must(simulation.login('bob').world.pipes.create('/tmp/other', { mode: 0o666 }));
        simulation.makeLink('bob', COMMON_PIPE, '/tmp/other');
      },
    ],
    [
      'a directory',
      'ENXIO',
      ({ simulation }) => {
        must(simulation.login('bob').world.files.makeDirectory(COMMON_PIPE, 0o777));
      },
    ],
    [
      'a pipe that only its owner may read',
      'EACCES',
      ({ simulation }) => {
        must(simulation.login('bob').world.pipes.create(COMMON_PIPE, { mode: 0o600 }));
      },
    ],
  ];
  it.each(spoilt)(
    'that is %s is logged once per check, costs little, and blocks no registration',
    (_, code, spoil) => {
      const lab = makeLab(31);
      const { simulation } = lab;
      spoil(lab);
      const app = startApp(simulation, 'alice');
      simulation.run({ forMs: SOON_MS });
      expect(isWaiting(app)).toBe(true);
      expect(logOf(simulation, app.process.pid)[0]).toContain(`"code":"${code}"`);
      const callsBefore = app.process.calls;
      simulation.run({ forMs: HOUR_MS });
      const calls = app.process.calls - callsBefore;
      expect(calls).toBeLessThan(2 * LOOKS_PER_HOUR * CALLS_PER_LOOK_MAX);
      simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: PIPE_WAIT_MS_MAX + SOON_MS });
      expect(app.at('global')).toBe('registered');
      expect(troubleOf(lab, [app])).toEqual([]);
    },
  );

  it('of another user does as well', () => {
    const { simulation } = makeLab(32);
    must(simulation.login('bob').world.pipes.create(COMMON_PIPE, { mode: 0o666 }));
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: SOON_MS });
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: SOON_MS });
    expect(app.at('global')).toBe('registered');
  });

  it.each(PIPE_MISUSES)('that is %s costs little, and delays no registration', (misuse) => {
    const { simulation } = makeLab(34);
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: SOON_MS });
    const { world } = simulation.login('bob');
    misusePipe(world, { kind: 'pipe-misuse', path: COMMON_PIPE, misuse, staysMs: 0 });
    simulation.run({ forMs: SOON_MS });
    const callsBefore = app.process.calls;
    simulation.run({ forMs: 60_000 });
    expect(app.process.calls - callsBefore).toBeLessThan(2 * 60 * CALLS_PER_LOOK_MAX);
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: PIPE_WAIT_MS_MAX + VAIN_REST_MS_MAX + 100 });
    expect(app.at('global')).toBe('registered');
  });

  it('that another process replaces, or keeps open so that no signal comes, only delays applications', () => {
    const { simulation } = makeLab(33);
    const bob = simulation.login('bob');
    must(bob.world.pipes.create(COMMON_PIPE, { mode: 0o666 }));
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: SOON_MS });
    must(bob.world.files.remove(COMMON_PIPE));
    must(bob.world.pipes.create(COMMON_PIPE, { mode: 0o666 }));
    const registry = simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: PIPE_WAIT_MS_MAX + SOON_MS });
    expect(app.at('global')).toBe('registered');
    simulation.kill(registry.pid);
    simulation.run({ forMs: SOON_MS });
    must(bob.world.pipes.openWriter(COMMON_PIPE));
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: PIPE_WAIT_MS_MAX + SOON_MS });
    expect(app.at('global')).toBe('registered');
  });
});

describe('waiting is not busy', () => {
  it('without a registry', () => {
    const { simulation } = makeLab(40);
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: HOUR_MS });
    const first = app.process.calls;
    simulation.run({ forMs: HOUR_MS });
    const second = app.process.calls - first;
    expect(second).toBeLessThan(2 * LOOKS_PER_HOUR * CALLS_PER_LOOK_MAX);
    expect(second).toBeGreaterThanOrEqual(2 * LOOKS_PER_HOUR - 2);
  });

  it('registered: not a call', () => {
    const { simulation } = makeLab(41);
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    const app = startApp(simulation, 'root');
    simulation.run({ forMs: 60_000 });
    const before = app.process.calls;
    simulation.run({ forMs: HOUR_MS });
    expect(app.process.calls).toBe(before);
  });

  it('while a process signals the pipe all the time', () => {
    const { simulation } = makeLab(42, {
      flood: ({ clock, pipes }) => {
        const signal = (): void => {
          pipes.signal(COMMON_PIPE);
          clock.setTimer(5, signal);
        };
        signal();
      },
    });
    const app = startApp(simulation, 'alice');
    const flood = simulation.spawn('bob', 'flood');
    simulation.run({ forMs: 60_000 });
    const before = app.process.calls;
    simulation.run({ forMs: 300_000 });
    // One check in a second.
    expect(app.process.calls - before).toBeLessThan(2 * 300 * CALLS_PER_LOOK_MAX);
    // The application still reacts to a registry.
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: PIPE_WAIT_MS_MAX + VAIN_REST_MS_MAX });
    expect(app.at('global')).toBe('registered');
    // It reacts quickly again after the signals end.
    simulation.kill(flood.pid);
    simulation.run({ forMs: 30_000 });
    simulation.spawn('alice', 'lttng-sessiond');
    simulation.run({ forMs: SOON_MS });
    expect(app.at('user')).toBe('registered');
  });

  it('with a registry that ends every registration at once', () => {
    const lab = makeLab(43);
    const { simulation } = lab;
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    const { conversations } = listenAs(root.world, GLOBAL_SOCKET, ({ type }, { say }) => {
      // No process claims the passed socket; it ends when PASSED_SOCKET_WAIT_MS has passed.
      say(
        type === 'hello'
          ? { type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 }
          : { type: 'registered' },
      );
    });
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: HOUR_MS });
    expect(conversations.length).toBeGreaterThan(10);
    expect(conversations.length).toBeLessThan(HOUR_MS / 10_000 + 20);
    expect(app.process.resources.size).toBeLessThan(12);
    expect(troubleOf(lab, [app])).toEqual([]);
  });

  it('with a registry that ends each registration in the middle of the handshake', () => {
    const { simulation } = makeLab(44);
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    const { conversations } = listenAs(root.world, GLOBAL_SOCKET, (_, { connection }) =>
      connection.close(),
    );
    startApp(simulation, 'alice');
    simulation.run({ forMs: HOUR_MS });
    expect(conversations.length).toBeLessThan(LOOKS_PER_HOUR + 2);
  });
});

describe('nothing leaks', () => {
  const REGISTRIES = 200;
  const CYCLES = 10_000;

  it(`over ${REGISTRIES} registries that are killed`, () => {
    const lab = makeLab(50);
    const { simulation } = lab;
    const app = startApp(simulation, 'root');
    simulation.run({ forMs: 100 });
    const held = app.process.resources.size;
    let registered = 0;
    for (let cycle = 0; cycle < REGISTRIES; cycle++) {
      const registry = simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: 12_000 });
      if (app.at('global') === 'registered') registered++;
      simulation.kill(registry.pid);
      simulation.run({ forMs: 1_000 });
    }
    expect(registered).toBe(REGISTRIES);
    expect(app.at('global')).toBe('waitingOnPipe.listening');
    expect(app.process.resources.size).toBe(held);
    expect(simulation.connectionEnds()).toBe(0);
    expect(troubleOf(lab, [app])).toEqual([]);
  });

  it(`over ${CYCLES} endpoints that come and go`, () => {
    const lab = makeLab(51);
    const { simulation } = lab;
    const { world } = simulation.login('root');
    makeGlobalDirectory(world);
    const app = startApp(simulation, 'root');
    simulation.run({ forMs: 100 });
    const held = app.process.resources.size;
    let registered = 0;
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const { listener } = listenAs(world, GLOBAL_SOCKET, ({ type }, { say, connection }) => {
        // Every other one ends in the middle of the handshake.
        if (cycle % 2 === 0) connection.close();
        else if (type === 'hello') say({ type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 });
        else say({ type: 'registered' });
      });
      world.pipes.signal(COMMON_PIPE);
      simulation.run({ forMs: 5 });
      if (app.at('global') === 'registered') registered++;
      listener.close();
      simulation.run({ forMs: 200 });
    }
    expect(registered).toBe(CYCLES / 2);
    expect(app.at('global')).toBe('waitingOnPipe.listening');
    expect(app.process.resources.size).toBe(held);
    expect(simulation.connectionEnds()).toBe(0);
    expect(troubleOf(lab, [app])).toEqual([]);
  });
});
