/** Identity of an application: kernel credentials, the session it was spawned for, reused ids (R1.9, R1.15, R1.17). */
import { describe, expect, it } from 'vitest';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../../src/wire/control/messages.ts';
import {
  type Conversation,
  converse,
  GLOBAL_SOCKET,
  type Lab,
  listenAs,
  logOf,
  makeGlobalDirectory,
  makeLab,
  must,
  speakTo,
  startApp,
  troubleOf,
} from '../../support/simulated/registration-stage.ts';

const UUID = '01234567-89ab-4def-8123-456789abcdef';
const HELLO = { type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 };

describe('LTTNG_TS_SESSION (R1.17)', () => {
  const registrationWith = (value: string) => {
    const lab = makeLab(70);
    const { simulation } = lab;
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    const { conversations } = listenAs(root.world, GLOBAL_SOCKET, ({ type }, { say }) => {
      if (type === 'hello') say({ type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 });
    });
    const app = startApp(simulation, 'root', { environment: { LTTNG_TS_SESSION: value } });
    simulation.run({ forMs: 1_000 });
    const register = conversations[0]?.messages.find(({ type }) => type === 'register');
    return { register, log: logOf(simulation, app.process.pid) };
  };

  it('is what the application registers with', () => {
    expect(registrationWith(UUID).register).toMatchObject({ sessionUuid: UUID });
    expect(registrationWith(UUID.toUpperCase()).register).toMatchObject({ sessionUuid: UUID });
    expect(registrationWith(UUID).log).toEqual([]);
    expect(registrationWith('').log).toEqual([]);
  });

  it.each(['web', `${UUID}0`, ` ${UUID}`, '\u0000', '../../etc/passwd', 'x'.repeat(100_000)])(
    'is ignored with a line in the log when it is no UUID: %j',
    (value) => {
      const { register, log } = registrationWith(value);
      expect(register).toBeDefined();
      expect(register).not.toHaveProperty('sessionUuid');
      expect(log).toHaveLength(1);
      expect(log[0]).toContain('tracer.sessionIgnored');
      expect(log[0]?.length).toBeLessThan(300);
    },
  );
});

describe('a reused process id (R1.9, R1.15)', () => {
  it('gives neither the passed socket nor the registration of the earlier process', () => {
    const lab = makeLab(71);
    const { simulation } = lab;
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    // alice leaves a passed socket behind; bob gets her process id, and even knows her token.
    const alice = simulation.login('alice');
    const { token } = must(alice.world.unix.passSocket(GLOBAL_SOCKET, {}));
    simulation.run({ forMs: 10 });
    simulation.kill(alice.pid);
    simulation.run({ forMs: 10 });
    simulation.reusePid(alice.pid);
    const bob = simulation.login('bob');
    expect(bob.pid).toBe(alice.pid);
    const register = { type: 'register', token, processName: 'mine', tid: bob.pid };
    const conversations = speakTo(bob.world, GLOBAL_SOCKET, [HELLO, register]);
    simulation.run({ forMs: 100 });
    expect(conversations[0]?.messages.map(({ type }) => type)).toEqual(['welcome', 'refused']);
    expect(troubleOf(lab)).toEqual([]);
  });

  it('is a registration of its own, also before the registry has seen the end of the other', () => {
    const lab = makeLab(72);
    const { simulation } = lab;
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    const first = startApp(simulation, 'alice');
    simulation.run({ forMs: 1_000 });
    expect(first.at('global')).toBe('registered');
    simulation.kill(first.process.pid);
    simulation.reusePid(first.process.pid);
    const second = startApp(simulation, 'bob');
    simulation.run({ forMs: 1_000 });
    expect(second.at('global')).toBe('registered');
    expect(second.process.pid).toBe(first.process.pid);
    const links = Object.keys(lab.registries[0]?.states() ?? {}).filter((id) =>
      id.startsWith('app-'),
    );
    expect(links).toHaveLength(1);
    expect(troubleOf(lab, [second])).toEqual([]);
  });
});

describe('an application that drops its privileges', () => {
  it('registers as its new user, with the registries of this user (R1.10, R1.15)', () => {
    const lab = makeLab(73);
    const { simulation } = lab;
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: 100 });
    const app = startApp(simulation, 'root');
    simulation.run({ forMs: 1_000 });
    simulation.changeUser(app.process.pid, 'alice');
    simulation.run({ forMs: 20_000 });
    // The library detects the change only at the next message.
    expect(app.at('global')).toBe('registered');
    simulation.spawn('alice', 'lttng-sessiond', [], { HOME: '/root' });
    app.tracer.tracepoint('test:one', {});
    simulation.run({ forMs: 1_000 });
    expect([app.at('global'), app.at('user')]).toEqual(['registered', 'waitingOnPipe.listening']);
    expect(accountsIn(lab)).toEqual([1001]);
    expect(simulation.connectionEnds()).toBe(2);
    expect(troubleOf(lab, [app])).toEqual([]);
  });

  it('sends leaving to the registry', () => {
    const { simulation } = makeLab(75);
    const root = simulation.login('root');
    makeGlobalDirectory(root.world);
    const channels: Conversation[] = [];
    const registry = listenAs(root.world, GLOBAL_SOCKET, (message, { say }) => {
      const { type, token } = message;
      if (type === 'hello') say({ type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 });
      if (type !== 'register') return;
      const from = { pid: app.process.pid, uid: 0, gid: 0 };
      channels.push(
        converse(must(registry.listener.claimSocket(String(token), from)), () => undefined),
      );
      say({ type: 'registered' });
    });
    const app = startApp(simulation, 'root');
    simulation.run({ forMs: 1_000 });
    expect(app.at('global')).toBe('registered');
    simulation.changeUser(app.process.pid, 'alice');
    app.tracer.tracepoint('test:one', {});
    simulation.run({ forMs: 1_000 });
    expect(channels[0]?.messages.at(-1)).toEqual({ type: 'leaving' });
  });

  it('waits as its new user', () => {
    const lab = makeLab(74);
    const { simulation } = lab;
    const environment = { HOME: '/home/alice' };
    const app = startApp(simulation, 'root', { environment });
    simulation.run({ forMs: 1_000 });
    expect(app.at('user')).toBe('undefined');
    simulation.changeUser(app.process.pid, 'alice');
    simulation.spawn('alice', 'lttng-sessiond');
    simulation.run({ forMs: 2_000 });
    expect([app.at('global'), app.at('user')]).toEqual(['waitingOnPipe.listening', 'registered']);
    // And back again, as seteuid(2) can.
    simulation.changeUser(app.process.pid, 'root');
    simulation.spawn('root', 'lttng-sessiond');
    simulation.run({ forMs: 2_000 });
    expect([app.at('global'), app.at('user')]).toEqual(['registered', 'undefined']);
    simulation.changeUser(app.process.pid, 'alice');
    app.tracer.tracepoint('test:two', {});
    simulation.run({ forMs: 2_000 });
    expect([app.at('global'), app.at('user')]).toEqual(['registered', 'registered']);
    expect(troubleOf(lab, [app])).toEqual([]);
  });
});

/** Users of the applications that the first registry has. */
function accountsIn({ simulation }: Lab): unknown[] {
  const { world, pid } = simulation.login('root');
  const hello = { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 };
  const request = { type: 'request', id: 1, operation: { op: 'app.list', from: 0 } };
  const conversations = speakTo(world, '/run/lttng-ts/client.sock', [hello, request]);
  simulation.run({ forMs: 100 });
  simulation.kill(pid);
  simulation.run({ forMs: 10 });
  const reply = conversations[0]?.messages.find(({ type }) => type === 'reply');
  const { apps } = (reply?.['value'] ?? {}) as { apps?: readonly { uid: number }[] };
  return (apps ?? []).map(({ uid }) => uid);
}
