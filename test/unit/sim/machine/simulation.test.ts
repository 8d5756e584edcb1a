/** The simulated machine as a whole: determinism, endings, kills, exceptions. */
import { describe, expect, it } from 'vitest';
import { EXIT_UNCAUGHT } from '../../../../sim/machine/process/kernel.ts';
import { type Program } from '../../../../sim/machine/process/program.ts';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { GROUPS, textOf, USERS, utf8 } from '../../../support/simulated/users.ts';

const PATH = '/tmp/echo.sock';

const server: Program = (world) => {
  const listening = world.unix.listen(PATH, { mode: 0o666 }, (connection) => {
    const peer = connection.peer();
    world.log('custom.accepted', { 'peer-uid': peer.ok ? peer.value.uid : -1 });
    connection.start({
      onData: (bytes) => connection.send(bytes),
      onClose: (reason) => world.log('custom.closed', { reason }),
    });
  });
  if (!listening.ok) world.log('custom.cannotListen', { code: listening.error.code });
};

const client: Program = (world, args) => {
  let received = '';
  const expected = args.join(' ');
  world.clock.setTimer(1, () => {
    world.unix.connect(PATH, {}, (outcome) => {
      if (!outcome.ok) return world.log('custom.refused', { code: outcome.error.code });
      const connection = outcome.value;
      connection.start({
        onData: (bytes) => {
          received += textOf(bytes);
          if (received.length === expected.length) connection.close();
        },
        onClose: (reason) => world.log(`custom.${received}`, { reason }),
      });
      connection.send(utf8(expected));
    });
  });
};

function echoRun(seed: number): Simulation {
  const simulation = new Simulation({
    seed,
    users: USERS,
    groups: GROUPS,
    programs: { server, client },
  });
  simulation.spawn('alice', 'server');
  for (let index = 0; index < 5; index++) simulation.spawn('bob', 'client', ['hello', `${index}`]);
  simulation.run();
  return simulation;
}

describe('Simulation', () => {
  it('echoes through sockets, and credentials are those of the peer', () => {
    const { log, violations } = echoRun(1);
    expect(violations).toEqual([]);
    const echoed = log.filter((record) => record.event.startsWith('custom.hello'));
    expect(echoed.map((record) => record.event).sort()).toEqual(
      [0, 1, 2, 3, 4].map((index) => `custom.hello ${index}`),
    );
    const accepted = log.filter((record) => record.event === 'custom.accepted');
    expect(accepted.map((record) => record.fields['peer-uid'])).toEqual([
      1002, 1002, 1002, 1002, 1002,
    ]);
  });

  it('gives the same hash for the same seed and another for another', () => {
    expect(echoRun(7).hash()).toBe(echoRun(7).hash());
    const hashes = new Set(Array.from({ length: 50 }, (_, seed) => echoRun(seed).hash()));
    expect(hashes.size).toBe(50);
  });

  it('records an uncaught exception, ends that process with 70 and continues', () => {
    const simulation = new Simulation({
      seed: 1,
      users: USERS,
      groups: GROUPS,
      programs: {
        broken: () => {
          throw new Error('broken');
        },
        fine: (world) => void world.clock.setTimer(5, () => world.log('custom.fine')),
      },
    });
    const broken = simulation.spawn('alice', 'broken');
    const fine = simulation.spawn('alice', 'fine');
    simulation.run();
    expect(broken.exit).toEqual({ code: EXIT_UNCAUGHT });
    expect(simulation.violations).toMatchObject([{ pid: broken.pid, kind: 'main' }]);
    expect(simulation.log.map((record) => record.event)).toEqual(['custom.fine']);
    expect(fine.exit).toEqual({ code: 0 });
  });
});
