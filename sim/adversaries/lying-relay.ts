/** A process that listens as a relay does, and answers wrongly or not at all. What it gets, it stores nowhere. */
import type { TcpConnection, TcpListener } from '../../src/port/network.ts';
import type { World } from '../../src/port/world.ts';
import { ControlParser } from '../../src/wire/relay/control-frames.ts';
import { DATA_PENDING, RELAY_OK, RELAY_UNKNOWN_ERROR } from '../../src/wire/relay/outcome.ts';
import { decodeRequest, encodeReply, type RelayRequest } from '../../src/wire/relay/requests.ts';
import type { RelayLie } from '../input/attack.ts';
import { RELAY_PORTS } from '../input/relay.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';

const MINOR = 13;
const NOISE_BYTES = 500;
const ANY = '0.0.0.0';

/** Listens, and lies to those who connect. Returns a function that ends it. */
export function lieAsRelay(world: World, lie: RelayLie, account: AdversaryAccount): () => void {
  const listeners: TcpListener[] = [];
  const connections: TcpConnection[] = [];
  const listen = (port: number, serve: (connection: TcpConnection) => void): void => {
    const accept = (connection: TcpConnection): void => {
      connections.push(connection);
      serve(connection);
    };
    world.network.listen({ host: ANY, port }, accept, (made) => {
      if (made.ok) listeners.push(made.value);
    });
  };
  const ignore = { onData: () => undefined, onClose: () => undefined };
  listen(RELAY_PORTS.data, (connection) => connection.start(ignore));
  listen(RELAY_PORTS.control, (connection) => {
    const parser = new ControlParser();
    connection.start({
      ...ignore,
      onData: (bytes) => {
        for (const frame of parser.push(bytes).frames) {
          const request = decodeRequest(frame, MINOR);
          if (!request.ok) continue;
          account.heard.push(request.value.type);
          answer(world, connection, request.value, lie);
        }
      },
    });
  });
  return () => {
    for (const listener of listeners) listener.close();
    for (const connection of connections) connection.drop();
  };
}

function answer(
  world: World,
  connection: TcpConnection,
  request: RelayRequest,
  lie: RelayLie,
): void {
  if (lie === 'silent') return;
  if (lie === 'noise') return connection.send(world.random.bytes('noise', NOISE_BYTES));
  if (lie === 'closes' && request.type !== 'version') return connection.close();
  const bytes = replyTo(request, lie);
  if (bytes !== undefined) connection.send(bytes);
}

function replyTo(request: RelayRequest, lie: RelayLie): Uint8Array | undefined {
  const code = RELAY_OK;
  switch (request.type) {
    case 'version':
      return encodeReply(
        'version',
        { major: lie === 'wrong-version' ? 9 : 2, minor: MINOR },
        MINOR,
      );
    case 'get-configuration':
      return encodeReply(
        'get-configuration',
        { code, isClearAllowed: true, extensions: [] },
        MINOR,
      );
    case 'create-session':
      if (lie === 'endless-reply') return new Uint8Array(NOISE_BYTES).fill(255);
      return encodeReply(
        'create-session',
        { session: 1n, code: lie === 'refuses' ? RELAY_UNKNOWN_ERROR : code, path: '' },
        MINOR,
      );
    case 'add-stream':
      return encodeReply('add-stream', { stream: 1n, code }, MINOR);
    case 'send-metadata':
      return undefined;
    case 'data-pending':
      return encodeReply('data-pending', { code: DATA_PENDING }, MINOR);
    default:
      return encodeReply('streams-sent', { code }, MINOR);
  }
}
