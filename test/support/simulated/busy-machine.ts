/**
 * A busy run for the tests of determinism: a server, clients that come and go, files, pipes, shared memory, passed
 * sockets, children, signals, a kill and a crash. Every family of World calls is in it.
 */

import { type Program } from '../../../sim/machine/process/program.ts';
import { Simulation, type SimulationOptions } from '../../../sim/machine/simulation.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import { GROUPS, USERS, utf8 } from './users.ts';

const SOCKET = '/tmp/scenario.sock';
const PIPE = '/tmp/scenario.pipe';
const CLIENTS = 6;

function must<T>(result: OsResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.call}: ${result.error.code}`);
}

const server: Program = ({
  clock,
  files,
  identity,
  log,
  memory,
  pipes,
  processes,
  random,
  unix,
}) => {
  const journal = must(files.open('/tmp/journal', 'append', 0o600));
  must(pipes.create(PIPE, { mode: 0o666 }));
  const id = must(memory.create(4096, { uid: identity.uid, gid: identity.gid, mode: 0o644 }));
  const words = new Uint32Array(must(memory.attachWritable(id)).buffer);
  let served = 0;
  const listener = must(
    unix.listen(SOCKET, { mode: 0o666 }, (connection) => {
      const peer = must(connection.peer());
      connection.start({
        onData: (bytes) => {
          must(journal.append([bytes, utf8(`${clock.monotonicNs()} ${random.uuid('line')}\n`)]));
          connection.send(bytes);
          words[0] = ++served;
        },
        onClose: (reason) => log('custom.gone', { uid: peer.uid, reason }),
      });
    }),
  );
  clock.setTimer(20, () => void pipes.signal(PIPE));
  processes.onSignal(['SIGTERM'], () => {
    must(journal.sync());
    listener.close();
    must(memory.remove(id));
    processes.exit(0);
  });
};

const client: Program = ({ clock, identity, log, pipes, processes, random, unix }, [name = '']) => {
  clock.setTimer(1, () => {
    unix.connect(SOCKET, {}, (outcome) => {
      const connection = must(outcome);
      connection.start({
        onData: () => connection.close(),
        onClose: (reason) => log(`custom.${name}`, { reason }),
      });
      connection.send(random.bytes('payload', 2_000));
    });
    unix.passSocket(SOCKET, { background: true });
    pipes.awaitSignal(PIPE, () => log('custom.woken'));
  });
  const { environment } = identity;
  processes.spawn({ program: 'child', args: [], environment, style: 'inherit' }, ({ code }) =>
    log('custom.child', { code }),
  );
};

const child: Program = ({ clock, processes }) => {
  clock.setTimer(3, () => processes.exit(4));
};

/** Runs the machine to the end. */
export function runScenario(
  seed: number,
  options: Partial<Pick<SimulationOptions, 'observer' | 'trace'>> = {},
): Simulation {
  const programs = { server, client, child };
  const simulation = new Simulation({ seed, users: USERS, groups: GROUPS, programs, ...options });
  const main = simulation.spawn('alice', 'server');
  simulation.run({ forMs: 1 });
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    simulation.spawn(index % 2 === 0 ? 'bob' : 'carol', 'client', [`client ${index}`]),
  );
  simulation.run({ forMs: 2 });
  const [unlucky] = clients;
  if (unlucky !== undefined) simulation.kill(unlucky.pid);
  simulation.run({ forMs: 40 });
  simulation.signal(main.pid, 'SIGTERM');
  simulation.run();
  simulation.crashMachine({ keepSomeBytes: true });
  return simulation;
}
