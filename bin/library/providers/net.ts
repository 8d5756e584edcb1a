/** Events of `node:net` and `node:dgram`. */
import { string, u16, u32 } from '../../../src/tracer/types.ts';
import { makeIds } from './ids.ts';
import { channelSource, type Source } from './source.ts';
import { at, errorOf, numberAt, textAt } from './values.ts';

const ids = makeIds();

export const netSources: readonly Source[] = [
  channelSource('net.client.socket', { socketId: u32 }, (message) => ({
    socketId: ids.idOf(at(message, 'socket')),
  })),
  channelSource(
    'net.server.socket',
    {
      socketId: u32,
      localAddress: string,
      localPort: u16,
      remoteAddress: string,
      remotePort: u16,
    },
    (message) => ({
      socketId: ids.idOf(at(message, 'socket')),
      localAddress: textAt(message, 'socket', 'localAddress'),
      localPort: numberAt(message, 'socket', 'localPort'),
      remoteAddress: textAt(message, 'socket', 'remoteAddress'),
      remotePort: numberAt(message, 'socket', 'remotePort'),
    }),
  ),
  channelSource('tracing:net.server.listen:asyncEnd', { address: string, port: u16 }, (message) =>
    listenAddress(at(message, 'server')),
  ),
  channelSource(
    'tracing:net.server.listen:error',
    { code: string, message: string },
    (message) => errorOf(at(message, 'error')),
    'err',
  ),
  channelSource('udp.socket', { socketId: u32, type: string }, (message) => ({
    socketId: ids.idOf(at(message, 'socket')),
    type: textAt(message, 'socket', 'type'),
  })),
];

/** A Unix socket's address is its path. */
function listenAddress(server: unknown): { address: string; port: number } {
  const address: unknown = (server as { address(): unknown }).address();
  return typeof address === 'string'
    ? { address: textAt({ address }, 'address'), port: 0 }
    : { address: textAt(address, 'address'), port: numberAt(address, 'port') };
}
