/**
 * Observes what a program does on the network: connections and the messages on them, and sockets for datagrams. It
 * changes nothing.
 */
import { joined } from '../../src/base/bytes.ts';
import type { Network, Passage, TcpConnection } from '../../src/port/network.ts';
import type { OsResult } from '../../src/port/os-error.ts';
import type { CommandFrame } from '../../src/wire/lttng/command-frames.ts';
import { ControlParser } from '../../src/wire/relay/control-frames.ts';
import { decodeRequest } from '../../src/wire/relay/requests.ts';
import { RELAY_PORTS } from '../input/relay.ts';
import { addressText } from '../machine/net/addresses.ts';
import type { EntryBody } from './entry.ts';
import { connectionKey, type Wires } from './wires.ts';

/** The revision by which requests are shown. */
const SHOWN_MINOR = 13;

export function tapNetwork(
  network: Network,
  wires: Wires,
  tell: (body: EntryBody) => void,
): Network {
  /** The connections of the machine behind those that the program has. */
  const behind = new WeakMap<TcpConnection, TcpConnection>();
  const tapped = (connection: TcpConnection, how: string): TcpConnection => {
    const made = tapConnection(connection, wires, tell);
    behind.set(made, connection);
    wires.begin(connection);
    tell({
      kind: 'connect',
      key: connectionKey(connection),
      text: `${how} ${addressText(connection.remote)}`,
    });
    return made;
  };
  const tapPassage = (passage: Passage): Passage => ({
    pass: (to, connections) =>
      passage.pass(
        to,
        connections.map((connection) => behind.get(connection) ?? connection),
      ),
    passPages: (to, pages) => passage.passPages(to, pages),
    close: () => passage.close(),
  });
  return {
    openPassage: (path, uid) => mapped(network.openPassage(path, uid), tapPassage),
    reachPassage: (path) =>
      mapped(network.reachPassage(path), (passage) => ({
        take: () =>
          mapped(passage.take(), (connections) =>
            connections.map((connection) => tapped(connection, 'takes the connection to')),
          ),
        takePages: () => passage.takePages(),
        close: () => passage.close(),
      })),
    listen: (address, onConnection, onOutcome) =>
      network.listen(
        address,
        (connection) => onConnection(tapped(connection, 'is connected to')),
        (outcome) => {
          const text = outcome.ok ? addressText(outcome.value.address) : outcome.error.code;
          tell({ kind: 'act', text: `listens on ${text}` });
          onOutcome(outcome);
        },
      ),
    connect: (address, onOutcome) =>
      network.connect(address, (outcome) => {
        if (!outcome.ok) {
          const text = `cannot connect to ${addressText(address)}: ${outcome.error.code}`;
          tell({ kind: 'act', text });
        }
        onOutcome(mapped(outcome, (connection) => tapped(connection, 'connects to')));
      }),
    ...tapUdp(network, tell),
    resolve: (name, onOutcome) =>
      network.resolve(name, (outcome) => {
        const found = outcome.ok ? outcome.value.join(' ') : outcome.error.code;
        tell({ kind: 'act', text: `looks up ${name}: ${found}` });
        onOutcome(outcome);
      }),
  };
}

function tapUdp(
  network: Network,
  tell: (body: EntryBody) => void,
): Pick<Network, 'bindUdp' | 'connectUdp'> {
  return {
    bindUdp: (address, listener, onOutcome) =>
      network.bindUdp(address, listener, (outcome) => {
        const text = outcome.ok ? addressText(outcome.value.local) : outcome.error.code;
        tell({ kind: 'act', text: `takes datagrams at ${text}` });
        onOutcome(outcome);
      }),
    connectUdp: (address, listener, onOutcome) =>
      network.connectUdp(address, listener, (outcome) => {
        const text = outcome.ok ? '' : `: ${outcome.error.code}`;
        tell({ kind: 'act', text: `sends datagrams to ${addressText(address)}${text}` });
        onOutcome(outcome);
      }),
  };
}

function tapConnection(
  connection: TcpConnection,
  wires: Wires,
  tell: (body: EntryBody) => void,
): TcpConnection {
  const { local, remote } = connection;
  const textOf = describing(remote.port === RELAY_PORTS.control);
  const to = addressText(remote);
  return {
    local,
    remote,
    get pendingBytes() {
      return connection.pendingBytes;
    },
    start: (listener) => {
      connection.start({
        onData: (bytes) => {
          for (const { key, text } of wires.receive(connection, bytes.byteLength)) {
            tell({ kind: 'receive', peer: to, key, text });
          }
          listener.onData(bytes);
        },
        onClose: (reason) => {
          tell({ kind: 'act', text: `the connection to ${to} is over: ${reason}` });
          listener.onClose(reason);
        },
      });
    },
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    send: (...parts) => {
      const bytes = joined(parts);
      const text = textOf(bytes);
      const key = wires.send(connection, bytes.byteLength, text);
      tell({ kind: 'send', peer: to, key, text });
      connection.send(...parts);
    },
    close: () => connection.close(),
    drop: () => connection.drop(),
  };
}

/** Describes what is sent: requests on a control connection, otherwise the number of bytes. */
function describing(isControl: boolean): (bytes: Uint8Array) => string {
  const parser = isControl ? new ControlParser() : undefined;
  let isLost = false;
  return (bytes) => {
    const size = `${bytes.byteLength} bytes`;
    if (parser === undefined || isLost) return size;
    const { frames, trouble } = parser.push(bytes);
    isLost = trouble !== undefined;
    return frames.length === 0 ? size : frames.map(requestText).join(', ');
  };
}

function requestText(frame: CommandFrame): string {
  const request = decodeRequest(frame, SHOWN_MINOR);
  if (!request.ok) return request.error;
  const { type, ...fields } = request.value;
  return `${type} ${JSON.stringify(fields, shown)}`;
}

function shown(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? `${value.byteLength} bytes` : value;
}

function mapped<T, U>(result: OsResult<T>, change: (value: T) => U): OsResult<U> {
  return result.ok ? { ok: true, value: change(result.value) } : result;
}
