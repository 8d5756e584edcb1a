/** A port `TcpConnection` over a Node socket. */
import type { Socket } from 'node:net';
import type { TcpAddress, TcpConnection } from '../port/network.ts';
import { type SharedReads, SocketStream, socketDescriptor } from './connection.ts';
import type { Entrance } from './entrance.ts';
import * as libc from './libc.ts';
import { addressOf } from './network-call.ts';
import { SOL_SOCKET } from './unix-calls.ts';

const SO_LINGER = 13;
/** `struct linger`: on, with no time. */
const LINGER_NOT = new Uint8Array(Int32Array.of(1, 0).buffer);

/**
 * Wraps a connected, paused socket; undefined, and closed, if the peer has reset the connection already. `reads`: those
 * of the socket, if it has them.
 */
export function wrapTcp(
  socket: Socket,
  entrance: Entrance,
  reads?: SharedReads,
): TcpConnection | undefined {
  const local = addressAt(socket.localAddress, socket.localPort);
  const remote = addressAt(socket.remoteAddress, socket.remotePort);
  if (local !== undefined && remote !== undefined) {
    if (entrance.isBackground) socket.unref();
    return new TcpStream(socket, entrance, { local, remote, reads });
  }
  socket.on('error', () => undefined);
  socket.destroy();
  return undefined;
}

function addressAt(host: string | undefined, port: number | undefined): TcpAddress | undefined {
  return host === undefined || port === undefined ? undefined : addressOf(host, port);
}

export class TcpStream extends SocketStream implements TcpConnection {
  readonly local: TcpAddress;
  readonly remote: TcpAddress;

  constructor(
    socket: Socket,
    entrance: Entrance,
    of: {
      readonly local: TcpAddress;
      readonly remote: TcpAddress;
      readonly reads: SharedReads | undefined;
    },
  ) {
    super(socket, entrance, of.reads);
    this.local = of.local;
    this.remote = of.remote;
  }

  /**
   * Only our direction: if both were closed while bytes of the peer come, the kernel would reset the connection, and
   * the peer could lose our last bytes.
   */
  protected override endWriting(socket: Socket): void {
    socket.end();
  }

  /** With a reset: the peer does not take the bytes so far for all. */
  protected override abort(socket: Socket): void {
    const fd = socketDescriptor(socket);
    if (fd !== undefined && libc.nativeTrouble() === undefined) {
      libc.setsockopt()(fd, SOL_SOCKET, SO_LINGER, LINGER_NOT, LINGER_NOT.length);
    }
    socket.destroy();
  }
}
