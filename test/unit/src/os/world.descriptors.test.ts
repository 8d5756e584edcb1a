/** No primitive of the real World leaks descriptors, on success or failure. */
import { test } from 'vitest';
import type { TcpConnection, TcpListener } from '../../../../src/port/network.ts';
import type { OsResult } from '../../../../src/port/os-error.ts';
import type { Connection, UnixListener } from '../../../../src/port/unix-sockets.ts';
import type { World } from '../../../../src/port/world.ts';
import {
  createTestWorld,
  must,
  openDescriptors,
  pass,
  scratchDirectory,
  until,
} from '../../../support/real/os.ts';

const CYCLES = 3_000;
const AT_ONCE = 50;
const quiet = { onData: () => {}, onClose: () => {} };

/** Runs `cycle` often, and counts descriptors from the second cycle on: the first may open some that stay open. */
async function expectNoLeak(cycle: () => Promise<void>, cycles: number): Promise<void> {
  await cycle();
  await pass(20);
  const before = openDescriptors();
  for (let count = 0; count < cycles; count += 1) await cycle();
  await until(() => openDescriptors() <= before);
}

function connectOnce(world: World, path: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    world.unix.connect(path, {}, (outcome) => {
      if (outcome.ok) resolve(outcome.value);
      else reject(new Error(outcome.error.code));
    });
  });
}

test('connections and passed sockets leave no descriptor behind', async () => {
  const world = createTestWorld();
  const path = `${scratchDirectory()}/s`;
  const { pid, uid, gid } = world.identity;
  const listener: UnixListener = must(
    world.unix.listen(path, { mode: 0o600 }, (connection) => {
      connection.start(quiet);
    }),
  );
  await expectNoLeak(async () => {
    const connections = await Promise.all(
      Array.from({ length: AT_ONCE }, () => connectOnce(world, path)),
    );
    for (const connection of connections) {
      connection.start(quiet);
      connection.send(new Uint8Array(100));
      connection.close();
    }
    for (let count = 0; count < AT_ONCE; count += 1) {
      const { own, token } = must(world.unix.passSocket(path, {}));
      const taken = must(listener.claimSocket(token, { pid, uid, gid }));
      taken.send(new Uint8Array(100));
      if (count % 2 === 0) taken.start(quiet);
      taken.close();
      own.start(quiet);
      own.close();
    }
  }, CYCLES / AT_ONCE);
  listener.close();
});

/** What the network reports: the made thing, or undefined. */
function reported<T>(
  ask: (onOutcome: (outcome: OsResult<T>) => void) => void,
): Promise<T | undefined> {
  return new Promise((resolve) =>
    ask((outcome) => resolve(outcome.ok ? outcome.value : undefined)),
  );
}

test('TCP sockets, also refused, cancelled and dropped ones, leave no descriptor behind', async () => {
  const { network } = createTestWorld();
  const address = { host: '127.0.0.1', port: 0 };
  const onConnection = (end: TcpConnection): void => end.start(quiet);
  await expectNoLeak(async () => {
    const listener = await reported<TcpListener>((onOutcome) =>
      network.listen(address, onConnection, onOutcome),
    );
    if (listener === undefined) throw new Error('Not listening');
    network.listen(listener.address, onConnection, () => {}).cancel();
    network.connect(listener.address, () => {}).cancel();
    for (const end of ['close', 'drop'] as const) {
      const connection = await reported<TcpConnection>((onOutcome) =>
        network.connect(listener.address, onOutcome),
      );
      connection?.start(quiet);
      connection?.send(new Uint8Array(100));
      connection?.[end]();
    }
    await reported((onOutcome) => network.connect({ host: '127.0.0.1', port: 1 }, onOutcome));
    await reported((onOutcome) => network.listen(listener.address, () => {}, onOutcome));
    listener.close();
  }, 200);
});

test('passages and passed connections, also ones that nobody takes, leave no descriptor behind', async () => {
  const { network, identity } = createTestWorld();
  const path = `${scratchDirectory()}/p`;
  const listener = await reported<TcpListener>((onOutcome) =>
    network.listen({ host: '127.0.0.1', port: 0 }, (end) => end.start(quiet), onOutcome),
  );
  if (listener === undefined) throw new Error('Not listening');
  await expectNoLeak(async () => {
    for (const isTaken of [true, false]) {
      const connection = await reported<TcpConnection>((onOutcome) =>
        network.connect(listener.address, onOutcome),
      );
      if (connection === undefined) throw new Error('Not connected');
      const passage = must(network.openPassage(path, identity.uid));
      const stranger = must(network.reachPassage(path));
      passage.pass({ ...identity, uid: identity.uid + 1 }, [connection]);
      stranger.take();
      const reached = must(network.reachPassage(path));
      must(passage.pass(identity, [connection]));
      passage.close();
      for (const taken of isTaken ? must(reached.take()) : []) taken.drop();
      reached.close();
      network.reachPassage(path);
    }
  }, 200);
  listener.close();
});

test('failed calls leave no descriptor behind', async () => {
  const world = createTestWorld();
  const { files, memory, pipes, unix } = world;
  const directory = scratchDirectory();
  const plain = `${directory}/plain`;
  must(files.open(plain, 'create')).close();
  await expectNoLeak(async () => {
    unix.listen(plain, { mode: 0o600 }, () => {});
    unix.listen(`${directory}/none/s`, { mode: 0o600 }, () => {});
    unix.listen(`${directory}/s`, { mode: 0o600, gid: 2 ** 33 }, () => {});
    unix.passSocket(plain, {});
    await connectOnce(world, plain).catch(() => {});
    await connectOnce(world, `${directory}/none`).catch(() => {});
    pipes.awaitSignal(plain, () => {});
    pipes.awaitSignal(directory, () => {});
    pipes.signal(plain);
    pipes.read(plain, () => {});
    pipes.openWriter(plain);
    pipes.create(plain, { mode: 0o600 });
    files.open(plain, 'create');
    files.open(`${plain}/x`, 'append');
    files.makeDirectory(`${plain}/x`, 0o700);
    files.syncDirectory(plain);
    files.setMode(`${directory}/none`, 0o600);
    memory.attachReadable({ id: 2 ** 31 - 1, key: 1, creatorUid: 0 });
  }, 200);
});

test('files, pipes and listeners close what they opened', async () => {
  const { files, pipes, unix } = createTestWorld();
  const directory = scratchDirectory();
  must(pipes.create(`${directory}/p`, { mode: 0o600 }));
  await expectNoLeak(async () => {
    const file = must(files.open(`${directory}/f`, 'append'));
    must(file.append([new Uint8Array(10)]));
    must(file.lock());
    file.close();
    let woken = 0;
    const wait = must(pipes.awaitSignal(`${directory}/p`, () => {}));
    must(
      pipes.awaitSignal(`${directory}/p`, () => {
        woken += 1;
      }),
    );
    wait.close();
    must(pipes.signal(`${directory}/p`));
    await until(() => woken === 1);
    const reader = must(pipes.read(`${directory}/p`, () => {}));
    const writer = must(pipes.openWriter(`${directory}/p`));
    writer.write(new Uint8Array(10));
    writer.close();
    reader.close();
    must(unix.listen(`${directory}/s`, { mode: 0o600 }, () => {})).close();
  }, 200);
});
