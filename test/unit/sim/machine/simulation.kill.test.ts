/** kill -9 at every World call of a program: the machine releases its resources, and the other processes continue. */
import { describe, expect, it } from 'vitest';
import { type Program } from '../../../../sim/machine/process/program.ts';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import type { OsResult } from '../../../../src/port/os-error.ts';
import { GROUPS, textOf, USERS, utf8 } from '../../../support/simulated/users.ts';

const SOCKET = '/tmp/kill.sock';
const PIPE = '/tmp/kill.pipe';

function must<T>(result: OsResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.call}: ${result.error.code}`);
}

/** Holds a resource of every kind, then exits. */
const victim: Program = ({ clock, files, identity, memory, pipes, processes, unix }) => {
  const file = must(files.open('/tmp/victim', 'append', 0o600));
  must(file.lock());
  must(file.append([utf8('written')]));
  must(file.sync());
  const id = must(memory.create(4096, { uid: identity.uid, gid: identity.gid, mode: 0o600 }));
  must(memory.attachWritable(id));
  must(memory.remove(id));
  const listener = must(unix.listen('/tmp/victim.sock', { mode: 0o600 }, () => {}));
  must(pipes.awaitSignal(PIPE, () => {}));
  const { own } = must(unix.passSocket(SOCKET, {}));
  own.start({ onData: () => {}, onClose: () => {} });
  own.send(new Uint8Array(10_000));
  unix.connect(SOCKET, {}, (outcome) => {
    const connection = must(outcome);
    connection.start({ onData: () => {}, onClose: () => processes.exit(0) });
    connection.send(utf8('hello'));
    file.close();
    listener.close();
    clock.setTimer(5, () => connection.close());
  });
};

/** Listens, serves connections, keeps passed sockets; exits at SIGTERM. */
const witness: Program = ({ log, pipes, processes, unix }) => {
  must(pipes.create(PIPE, { mode: 0o666 }));
  const listener = must(
    unix.listen(SOCKET, { mode: 0o666 }, (connection) => {
      log('custom.accepted');
      connection.start({
        onData: (bytes) => log('custom.got', { text: textOf(bytes) }),
        onClose: (reason) => log('custom.closed', { reason }),
      });
    }),
  );
  processes.onSignal(['SIGTERM'], () => {
    listener.close();
    processes.exit(0);
  });
};

function runWithKillAt(call: number | undefined, seed: number): number {
  const programs = { victim, witness };
  const simulation = new Simulation({ seed, users: USERS, groups: GROUPS, programs });
  const main = simulation.spawn('alice', 'witness');
  simulation.run({ forMs: 1 });
  const killed = simulation.spawn('alice', 'victim');
  if (call !== undefined) simulation.killAtCall(killed.pid, call);
  simulation.run({ forMs: 50 });
  expect(simulation.violations).toEqual([]);
  expect(killed.exit).toEqual(call === undefined ? { code: 0 } : { signal: 'SIGKILL' });
  expect(killed.resources.size).toBe(0);
  // The lock is free again, segments are freed, no waiter remains, and only passed sockets keep connections open.
  const hands = simulation.login('alice');
  const file = must(hands.world.files.open('/tmp/victim', 'append'));
  must(file.lock());
  file.close();
  expect(simulation.segments().filter(({ isRemoved }) => isRemoved)).toEqual([]);
  expect(simulation.segments().every(({ attachments }) => attachments.size === 0)).toBe(true);
  expect(simulation.pipes()).toMatchObject([{ waiters: 0, readers: 0, writers: 0 }]);
  const listening = simulation.sockets().filter(({ listenerPid }) => listenerPid !== undefined);
  expect(listening.map(({ listenerPid }) => listenerPid)).toEqual([main.pid]);
  const heard = (what: string): number =>
    simulation.log.filter(({ event }) => event === what).length;
  expect(heard('custom.closed')).toBe(heard('custom.accepted'));
  simulation.signal(main.pid, 'SIGTERM');
  simulation.run();
  expect(main.exit).toEqual({ code: 0 });
  expect(simulation.connectionEnds()).toBe(0);
  return killed.calls;
}

describe('Simulation.killAtCall()', () => {
  it.each([1, 2, 3])('leaves a machine in order whichever call it was, seed %i', (seed) => {
    const calls = runWithKillAt(undefined, seed);
    expect(calls).toBeGreaterThan(15);
    for (let call = 1; call <= calls; call++) runWithKillAt(call, seed);
  });

  it('stops code that catches everything', () => {
    const reached: string[] = [];
    const programs: Readonly<Record<string, Program>> = {
      stubborn: ({ files }) => {
        for (let attempt = 0; attempt < 3; attempt++) {
          try {
            files.open('/tmp/x', 'append');
            reached.push('opened');
          } catch {
            reached.push('caught');
          }
        }
      },
    };
    const simulation = new Simulation({ seed: 1, users: USERS, groups: GROUPS, programs });
    const { pid } = simulation.spawn('alice', 'stubborn');
    simulation.killAtCall(pid, 2);
    simulation.run();
    expect(reached).toEqual(['opened', 'caught', 'caught']);
    expect(simulation.violations).toEqual([]);
  });
});
