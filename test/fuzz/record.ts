/**
 * Records an exchange with a relay for `test/fuzz/recorded`: stands between a peer and the relay and writes what
 * passes. Use: `node dist/test/fuzz/record.js FILE CONTROL DATA LIVE`, the ports of the relay; it prints its own three.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { CONNECTION_KINDS, type ConnectionKind, encodePart } from './exchange.ts';

const [, , file = 'exchange.bin', ...ports] = process.argv;
let connections = 0;
writeFileSync(file, '');

function pass(kind: ConnectionKind, port: number, peer: Socket): void {
  const connection = connections++;
  const relay = connect({ host: '127.0.0.1', port });
  const copy = (from: Socket, to: Socket, isFromRelay: boolean): void => {
    from.on('data', (bytes) => {
      appendFileSync(file, encodePart({ connection, kind, isFromRelay, bytes }));
      to.write(bytes);
    });
    from.on('close', () => to.end());
    from.on('error', () => to.destroy());
  };
  copy(peer, relay, false);
  copy(relay, peer, true);
}

for (const [at, kind] of CONNECTION_KINDS.entries()) {
  const server = createServer((peer) => pass(kind, Number(ports[at]), peer));
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${kind} ${(server.address() as AddressInfo).port}\n`);
  });
}
