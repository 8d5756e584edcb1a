/** Registries of both scopes: the users that they serve, and one registry per directory (R1.3 to R1.5, R1.11). */
import { describe, expect, it } from 'vitest';
import type { Simulation } from '../../../sim/machine/simulation.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../../src/wire/control/messages.ts';
import {
  type Lab,
  logOf,
  makeLab,
  must,
  speakTo,
  startApp,
  troubleOf,
} from '../../support/simulated/registration-stage.ts';

const GLOBAL_CLIENTS = '/run/lttng-ts/client.sock';
const ALICES_CLIENTS = '/home/alice/.lttng-ts/client.sock';
const HELLO = { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 };

/** The answer to a client of this user: the type of the first message, its code, or the error of the connection. */
function greetAs(simulation: Simulation, user: string, path: string): unknown {
  const { world } = simulation.login(user);
  let trouble: string | undefined;
  const conversations = speakTo(world, path, [HELLO], (error) => {
    trouble = error.code;
  });
  simulation.run({ forMs: 10 });
  const [answer] = conversations[0]?.messages ?? [];
  return trouble ?? answer?.['code'] ?? answer?.['type'];
}

function readyIn({ simulation }: Lab): number {
  return simulation.log.filter(({ event }) => event === 'registry.ready').length;
}

describe('global and per-user registries', () => {
  it('have sockets of the right owners and modes, side by side (R1.4, R1.5)', () => {
    const lab = makeLab(60);
    const { simulation } = lab;
    for (const user of ['root', 'alice', 'bob']) simulation.spawn(user, 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    expect(readyIn(lab)).toBe(3);
    const found = simulation
      .listFiles()
      .filter(({ path }) => path.includes('lttng-ts'))
      .map(({ path, uid, gid, mode }) => [path, uid, gid, mode.toString(8)]);
    expect(found).toEqual([
      ['/home/alice/.lttng-ts', 1001, 1001, '700'],
      ['/home/alice/.lttng-ts/apps.sock', 1001, 1001, '600'],
      ['/home/alice/.lttng-ts/client.sock', 1001, 1001, '600'],
      ['/home/alice/.lttng-ts/registry.lock', 1001, 1001, '600'],
      ['/home/alice/.lttng-ts/sessions', 1001, 1001, '700'],
      ['/home/bob/.lttng-ts', 1002, 1002, '700'],
      ['/home/bob/.lttng-ts/apps.sock', 1002, 1002, '600'],
      ['/home/bob/.lttng-ts/client.sock', 1002, 1002, '600'],
      ['/home/bob/.lttng-ts/registry.lock', 1002, 1002, '600'],
      ['/home/bob/.lttng-ts/sessions', 1002, 1002, '700'],
      ['/run/lttng-ts', 0, 0, '755'],
      ['/run/lttng-ts/apps.sock', 0, 0, '666'],
      ['/run/lttng-ts/client.sock', 0, 2000, '660'],
      ['/run/lttng-ts/registry.lock', 0, 0, '600'],
      ['/run/lttng-ts/sessions', 0, 0, '700'],
      // The first process that needed the pipe created it.
      ['/tmp/.lttng-ts-apps', expect.any(Number), expect.any(Number), '666'],
    ]);
    expect(troubleOf(lab)).toEqual([]);
  });

  it('are used by root and the group, or by their user alone (R1.3)', () => {
    const { simulation } = makeLab(61);
    simulation.spawn('root', 'lttng-sessiond');
    simulation.spawn('alice', 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    const answers = ['root', 'alice', 'carol', 'bob', 'dora'].map((user) => [
      user,
      greetAs(simulation, user, GLOBAL_CLIENTS),
      greetAs(simulation, user, ALICES_CLIENTS),
    ]);
    expect(answers).toEqual([
      ['root', 'welcome', 'welcome'],
      ['alice', 'welcome', 'welcome'],
      ['carol', 'welcome', 'EACCES'],
      ['bob', 'EACCES', 'EACCES'],
      // A member by her primary group.
      ['dora', 'welcome', 'EACCES'],
    ]);
  });

  it('name another group, or serve root alone when there is none of that name', () => {
    const { simulation } = makeLab(62);
    const named = simulation.spawn('root', 'lttng-sessiond', ['bob']);
    simulation.run({ forMs: 100 });
    expect(greetAs(simulation, 'bob', GLOBAL_CLIENTS)).toBe('welcome');
    expect(greetAs(simulation, 'alice', GLOBAL_CLIENTS)).toBe('EACCES');
    simulation.signal(named.pid, 'SIGTERM');
    simulation.run({ forMs: 1_000 });
    const alone = simulation.spawn('root', 'lttng-sessiond', ['no-such-group']);
    simulation.run({ forMs: 100 });
    expect(greetAs(simulation, 'root', GLOBAL_CLIENTS)).toBe('welcome');
    expect(greetAs(simulation, 'alice', GLOBAL_CLIENTS)).toBe('EACCES');
    expect(logOf(simulation, alone.pid)[0]).toMatch(
      /^warn: configuration.groupUnknown .*no-such-group/,
    );
  });

  it('serve an application each, and one ends without the other', () => {
    const lab = makeLab(63);
    const { simulation } = lab;
    const global = simulation.spawn('root', 'lttng-sessiond');
    const own = simulation.spawn('alice', 'lttng-sessiond');
    const app = startApp(simulation, 'alice');
    simulation.run({ forMs: 2_000 });
    expect([app.at('global'), app.at('user')]).toEqual(['registered', 'registered']);
    simulation.signal(own.pid, 'SIGTERM');
    simulation.run({ forMs: 2_000 });
    expect([app.at('global'), app.at('user')]).toEqual(['registered', 'waitingOnPipe.listening']);
    simulation.kill(global.pid);
    simulation.spawn('alice', 'lttng-sessiond');
    simulation.run({ forMs: 2_000 });
    expect([app.at('global'), app.at('user')]).toEqual(['waitingOnPipe.listening', 'registered']);
    expect(troubleOf(lab, [app])).toEqual([]);
  });
});

describe('a second registry of the same directory (R1.11)', () => {
  it('ends with status 3 and one sentence, whichever of the two starts first, under many seeds', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const lab = makeLab(seed);
      const { simulation } = lab;
      const started = Array.from({ length: 4 }, () => simulation.spawn('root', 'lttng-sessiond'));
      simulation.run({ forMs: 1_000 });
      const alive = started.filter(({ isAlive }) => isAlive);
      expect(`${seed}: ${alive.length}`).toBe(`${seed}: 1`);
      for (const { exit, pid } of started.filter(({ isAlive }) => !isAlive)) {
        expect(exit).toEqual({ code: 3 });
        expect(logOf(simulation, pid)).toEqual([
          'error: registry.startFailed {"reason":"Another registry serves /run/lttng-ts"}',
        ]);
      }
      expect(greetAs(simulation, 'root', GLOBAL_CLIENTS)).toBe('welcome');
      expect(simulation.sockets().map(({ listenerPid }) => listenerPid)).toEqual([
        alive[0]?.pid,
        alive[0]?.pid,
      ]);
      expect(troubleOf(lab)).toEqual([]);
    }
  });

  it('takes over the sockets and memory of a killed one, at whatever call that died', () => {
    for (let call = 1; call < 60; call++) {
      const lab = makeLab(64);
      const { simulation } = lab;
      const dead = simulation.spawn('root', 'lttng-sessiond');
      simulation.killAtCall(dead.pid, call);
      simulation.run({ forMs: 1_000 });
      if (dead.isAlive) simulation.kill(dead.pid);
      const next = simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: 1_000 });
      expect(`${call}: ${next.isAlive}`).toBe(`${call}: true`);
      expect(greetAs(simulation, 'root', GLOBAL_CLIENTS)).toBe('welcome');
      expect(troubleOf(lab)).toEqual([]);
    }
  });

  it('does not disturb the first one by starting and exiting while that ends', () => {
    for (let step = 0; step < 20; step++) {
      const lab = makeLab(65);
      const { simulation } = lab;
      const first = simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: 100 });
      simulation.signal(first.pid, 'SIGTERM');
      simulation.run({ forMs: 100, stepsMax: step });
      const second = simulation.spawn('root', 'lttng-sessiond');
      simulation.run({ forMs: 1_000 });
      expect(first.exit).toEqual({ code: 0 });
      const answer = second.exit ?? greetAs(simulation, 'root', GLOBAL_CLIENTS);
      expect([{ code: 3 }, 'welcome']).toContainEqual(answer);
      expect(troubleOf(lab)).toEqual([]);
    }
  });
});

describe('a directory where no registry may run (R1.4)', () => {
  const spoilt: readonly [string, string, (lab: Lab) => void][] = [
    [
      'of another user',
      'is not a directory that only this user can write',
      ({ simulation }) => {
        const { files } = simulation.login('root').world;
        must(files.makeDirectory('/home/alice/.lttng-ts', 0o777));
        must(files.setOwner('/home/alice/.lttng-ts', 1002, 1002));
        must(files.setMode('/home/alice/.lttng-ts', 0o755));
      },
    ],
    [
      'that the group may write',
      'is not a directory that only this user can write',
      ({ simulation }) => {
        must(simulation.login('alice').world.files.makeDirectory('/home/alice/.lttng-ts', 0o770));
      },
    ],
    [
      'behind a link of another user',
      'Cannot create /home/alice/.lttng-ts (ELOOP)',
      ({ simulation }) => {
        must(simulation.login('alice').world.files.makeDirectory('/home/alice/real', 0o700));
        simulation.makeLink('bob', '/home/alice/.lttng-ts', '/home/alice/real');
      },
    ],
    [
      'that is a file',
      'Cannot create /home/alice/.lttng-ts (EEXIST)',
      ({ simulation }) => {
        const { files } = simulation.login('alice').world;
        must(files.open('/home/alice/.lttng-ts', 'create')).close();
      },
    ],
    [
      'whose lock is a link',
      'Cannot lock /home/alice/.lttng-ts/registry.lock (ELOOP)',
      ({ simulation }) => {
        must(simulation.login('alice').world.files.makeDirectory('/home/alice/.lttng-ts', 0o700));
        simulation.makeLink('bob', '/home/alice/.lttng-ts/registry.lock', '/home/alice/anything');
      },
    ],
  ];
  it.each(spoilt)('%s is refused with one sentence and status 1', (_, sentence, spoil) => {
    const lab = makeLab(66);
    const { simulation } = lab;
    spoil(lab);
    const before = simulation.listFiles().length;
    const registry = simulation.spawn('alice', 'lttng-sessiond');
    simulation.run({ forMs: 1_000 });
    expect(registry.exit).toEqual({ code: 1 });
    const said = logOf(simulation, registry.pid);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(sentence);
    expect(simulation.listFiles()).toHaveLength(before);
    expect(troubleOf(lab)).toEqual([]);
  });

  it('whose path is too long for a socket is refused with one sentence', () => {
    const lab = makeLab(67);
    const { simulation } = lab;
    const home = `/home/alice/${'x'.repeat(100)}`;
    const registry = simulation.spawn('alice', 'lttng-sessiond', [], { LTTNG_HOME: home });
    simulation.run({ forMs: 1_000 });
    expect(registry.exit).toEqual({ code: 1 });
    expect(logOf(simulation, registry.pid)).toEqual([
      expect.stringContaining(`Cannot listen at ${home}/.lttng-ts/apps.sock (ENAMETOOLONG)`),
    ]);
    const app = startApp(simulation, 'alice', { environment: { LTTNG_HOME: home } });
    simulation.run({ forMs: 2_000 });
    expect(app.at('user')).toBe('waitingOnPipe.listening');
    expect(troubleOf(lab, [app])).toEqual([]);
  });
});
