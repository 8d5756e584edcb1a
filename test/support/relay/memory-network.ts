/** A network without time for one relay: connections are made by the test, and bytes arrive when it sends them. */
import { joined } from '../../../src/base/bytes.ts';
import { fail, ok } from '../../../src/base/result.ts';
import type {
  Network,
  Pending,
  TcpAddress,
  TcpConnection,
  TcpListener,
  UdpListener,
  UdpSocket,
} from '../../../src/port/network.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { CloseReason, ConnectionListener } from '../../../src/port/unix-sockets.ts';

const NO_PENDING: Pending = { cancel: () => undefined };

export class MemoryNetwork implements Network {
  readonly #accepting = new Map<number, (connection: TcpConnection) => void>();
  /** What happens later than the call that caused it. */
  readonly #later: (() => void)[] = [];
  #ports = 0;

  listen(
    address: TcpAddress,
    onConnection: (connection: TcpConnection) => void,
    onOutcome: (outcome: OsResult<TcpListener>) => void,
  ): Pending {
    this.#accepting.set(address.port, onConnection);
    const close = (): void => void this.#accepting.delete(address.port);
    this.#later.push(() => onOutcome(ok({ address, close })));
    return NO_PENDING;
  }

  connect({ host }: TcpAddress, onOutcome: (outcome: OsResult<TcpConnection>) => void): Pending {
    const error = { code: 'ECONNREFUSED', call: 'network.connect', subject: host } as const;
    this.#later.push(() => onOutcome(fail(error)));
    return NO_PENDING;
  }

  /** No datagram arrives at it. */
  bindUdp(
    local: TcpAddress,
    _listener: UdpListener,
    onOutcome: (outcome: OsResult<UdpSocket>) => void,
  ): Pending {
    const nothing = (): void => undefined;
    this.#later.push(() => onOutcome(ok({ local, send: nothing, close: nothing })));
    return NO_PENDING;
  }

  connectUdp(
    { host }: TcpAddress,
    _listener: UdpListener,
    onOutcome: (outcome: OsResult<never>) => void,
  ): Pending {
    const error = { code: 'ENETUNREACH', call: 'network.connectUdp', subject: host } as const;
    this.#later.push(() => onOutcome(fail(error)));
    return NO_PENDING;
  }

  resolve(name: string, onOutcome: (outcome: OsResult<readonly string[]>) => void): Pending {
    this.#later.push(() => onOutcome(ok([name])));
    return NO_PENDING;
  }

  /** A relay passes no connections. */
  openPassage(path: string): OsResult<never> {
    return fail({ code: 'ENOSYS', call: 'network.openPassage', subject: path });
  }

  reachPassage(path: string): OsResult<never> {
    return fail({ code: 'ENOSYS', call: 'network.reachPassage', subject: path });
  }

  /** A connection of a peer at `host` to the listener at this port. */
  open(host: string, port: number): MemoryConnection {
    this.#ports += 1;
    const remote = { host, port: this.#ports };
    const local = { host: '10.0.0.2', port };
    const connection = new MemoryConnection(remote, local, (act) => void this.#later.push(act));
    this.#accepting.get(port)?.(connection);
    this.settle();
    return connection;
  }

  /** Does all that is due. */
  settle(): void {
    for (let act = this.#later.shift(); act !== undefined; act = this.#later.shift()) act();
  }
}

/** The relay's end; the test is the peer. */
export class MemoryConnection implements TcpConnection {
  readonly remote: TcpAddress;
  readonly local: TcpAddress;
  readonly pendingBytes = 0;
  readonly #later: (act: () => void) => void;
  #listener: ConnectionListener | undefined;
  #isOver = false;
  #sent: Uint8Array[] = [];
  /** The relay has ended the connection. */
  isEndedByRelay = false;

  constructor(remote: TcpAddress, local: TcpAddress, later: (act: () => void) => void) {
    this.remote = remote;
    this.local = local;
    this.#later = later;
  }

  start(listener: ConnectionListener): void {
    this.#listener = listener;
  }

  send(...parts: readonly Uint8Array[]): void {
    if (!this.#isOver) this.#sent.push(joined(parts));
  }

  pause(): void {
    throw new Error('a relay does not pause its peers');
  }

  resume(): void {
    throw new Error('a relay does not pause its peers');
  }

  close(): void {
    this.#end('local');
  }

  drop(): void {
    this.#end('local');
  }

  /** The peer's bytes; none after the end. */
  push(bytes: Uint8Array): void {
    if (!this.#isOver) this.#listener?.onData(bytes);
  }

  /** The relay's replies since the last call. */
  take(): Buffer {
    return Buffer.concat(this.#sent.splice(0));
  }

  /** The peer ends the connection. */
  leave(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener?.onClose(reason);
  }

  #end(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.isEndedByRelay = true;
    this.#later(() => this.#listener?.onClose(reason));
  }
}
