/** Bugs of relays, and of what streams to them. */
import { joined } from '../../src/base/bytes.ts';
import type { TcpConnection } from '../../src/port/network.ts';
import type { World } from '../../src/port/world.ts';
import { DATA_PENDING, NO_DATA_PENDING } from '../../src/wire/relay/outcome.ts';
import { RELAY_PORTS } from '../input/relay.ts';
import type { Lens } from '../machine/lens.ts';
import { appending, type Bug, inProgram, lengthOf, opening, through } from './lenses.ts';

const STREAM_FILE = /\/ust\/pid\/[^/]+\/[^/]+_\d+$/;
const FILE_MODE = 0o640;

/** The same connection, as an object that can be spread. */
function throughTcp(connection: TcpConnection): TcpConnection {
  return {
    local: connection.local,
    remote: connection.remote,
    get pendingBytes() {
      return connection.pendingBytes;
    },
    start: (listener) => connection.start(listener),
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    send: (...parts) => connection.send(...parts),
    close: () => connection.close(),
    drop: () => connection.drop(),
  };
}

/** Changes the connections that the relay accepts at one of its ports. */
function acceptingAt(port: number, change: (connection: TcpConnection) => TcpConnection): Lens {
  return inProgram('lttng-relayd', (world) => ({
    ...world,
    network: {
      ...world.network,
      listen: (address, onConnection, onOutcome) =>
        world.network.listen(
          address,
          (connection) => onConnection(address.port === port ? change(connection) : connection),
          onOutcome,
        ),
    },
  }));
}

/** The reply to DATA_PENDING is one number. */
function isPending(bytes: Uint8Array): boolean {
  return (
    bytes.byteLength === 4 &&
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === DATA_PENDING
  );
}

/** Writes what goes into streams elsewhere, too. */
function writingElsewhere(world: World, parts: readonly Uint8Array[]): void {
  const copy = world.files.open(`${world.identity.homeDirectory}/copy`, 'append', FILE_MODE);
  if (!copy.ok) return;
  copy.value.append(parts);
  copy.value.close();
}

export const RELAY_BUGS: Readonly<Record<string, Bug>> = {
  'relay-bytes-dropped': {
    title: 'the relay skips a piece of a packet',
    caughtBy: 'conservation',
    scenario: 'N1',
    plant: () =>
      appending('lttng-relayd', STREAM_FILE, (file, parts, nth) =>
        nth === 1 ? { ok: true, value: lengthOf(parts) } : file.append(parts),
      ),
  },
  'relay-acknowledges-early': {
    title: 'the relay says that it has packets that have not arrived',
    caughtBy: 'conservation',
    scenario: 'NF2',
    plant: () =>
      acceptingAt(RELAY_PORTS.control, (connection) => ({
        ...throughTcp(connection),
        send: (...parts) => {
          const early = new Uint8Array(4);
          new DataView(early.buffer).setUint32(0, NO_DATA_PENDING);
          connection.send(isPending(joined(parts)) ? early : joined(parts));
        },
      })),
  },
  'relay-writes-elsewhere': {
    title: 'the relay writes a file that is not below its output',
    caughtBy: 'isolation',
    scenario: 'N1',
    plant: () => (world, program) =>
      appending('lttng-relayd', STREAM_FILE, (file, parts) => {
        writingElsewhere(world, parts);
        return file.append(parts);
      })(world, program),
  },
  'relay-keeps-files': {
    title: 'the relay never closes the files of streams',
    caughtBy: 'bounds',
    scenario: 'N1',
    plant: () =>
      opening('lttng-relayd', /\/traces\/.*\/ust\//, (file) => ({
        ...through(file),
        close: () => undefined,
      })),
  },
  'relay-stores-no-metadata': {
    title: 'the relay drops the metadata of a trace',
    caughtBy: 'readability',
    scenario: 'N1',
    plant: () =>
      appending('lttng-relayd', /\/metadata$/, (_, parts) => ({
        ok: true,
        value: lengthOf(parts),
      })),
  },
  'sender-keeps-control': {
    title: 'a program keeps a control connection when it gets no data connection',
    caughtBy: 'bounds',
    scenario: 'N1',
    plant: () => {
      let refused = 0;
      return inProgram('sender', (world) => ({
        ...world,
        network: {
          ...world.network,
          connect: (address, onOutcome) =>
            world.network.connect(address, (made) => {
              if (!made.ok) return onOutcome(made);
              const isControl = address.port === RELAY_PORTS.control;
              const kept = { ...throughTcp(made.value), drop: () => undefined };
              if (isControl) return onOutcome({ ok: true, value: kept });
              refused += 1;
              if (refused > 1) return onOutcome(made);
              made.value.drop();
              const error = { code: 'ECONNREFUSED', call: 'network.connect', subject: '' } as const;
              onOutcome({ ok: false, error });
            }),
        },
      }));
    },
  },
  'sender-gives-up': {
    title: 'a program does not connect again when it has lost its relay',
    caughtBy: 'liveness',
    scenario: 'NF1',
    plant: () => {
      const connected = new Map<number, number>();
      return inProgram('sender', (world) => ({
        ...world,
        network: {
          ...world.network,
          connect: (address, onOutcome) => {
            const { pid } = world.identity;
            const times = (connected.get(pid) ?? 0) + 1;
            connected.set(pid, times);
            const elsewhere = { ...address, port: 1 };
            return world.network.connect(times > 2 ? elsewhere : address, onOutcome);
          },
        },
      }));
    },
  },
};
