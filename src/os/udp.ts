/** UDP: `node:dgram` behind the port. Node hands datagrams on as they come: the kernel's buffer is the only queue. */
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { fail, ok } from '../base/result.ts';
import type {
  ConnectedUdpSocket,
  Pending,
  TcpAddress,
  UdpListener,
  UdpSocket,
} from '../port/network.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import { type Entrance, entering } from './entrance.ts';
import { osError, thrownErrno } from './errors.ts';
import { addressOf, isValid, refuse, subjectOf, Waiting } from './network-call.ts';

export function bindUdp(
  entrance: Entrance,
  address: TcpAddress,
  listener: UdpListener,
  onOutcome: (outcome: OsResult<UdpSocket>) => void,
): Pending {
  const call = 'network.bindUdp';
  if (!isValid(address)) return refuse(entrance, call, address, onOutcome);
  const end = new UdpEnd(entrance, call, address);
  const pending = new Waiting(onOutcome, () => end.close());
  const onOpen = (): void => {
    const local = { host: address.host, port: end.localAddress().port };
    const send = (bytes: Uint8Array, to: TcpAddress): void => end.send(bytes, to);
    pending.end(ok({ local, send, close: () => end.close() }));
  };
  end.open(listener, onOpen, (error) => pending.end(fail(error)));
  const { host, port } = address;
  end.socket.bind({ address: host, port, exclusive: true });
  return pending;
}

export function connectUdp(
  entrance: Entrance,
  address: TcpAddress,
  listener: UdpListener,
  onOutcome: (outcome: OsResult<ConnectedUdpSocket>) => void,
): Pending {
  const call = 'network.connectUdp';
  if (!isValid(address)) return refuse(entrance, call, address, onOutcome);
  const end = new UdpEnd(entrance, call, address);
  const pending = new Waiting(onOutcome, () => end.close());
  const onOpen = (): void => {
    const send = (bytes: Uint8Array): void => end.send(bytes, undefined);
    const local = end.localAddress();
    pending.end(ok({ local, remote: address, send, close: () => end.close() }));
  };
  end.open(listener, onOpen, (error) => pending.end(fail(error)), 'connect');
  // Without a callback Node reports a failure as an `error` of the socket.
  end.socket.connect(address.port, address.host);
  return pending;
}

/** Phases: opening → open → closed. Until it is open an error is the outcome of the call that opens it. */
class UdpEnd {
  readonly socket: Socket;
  readonly #entrance: Entrance;
  readonly #call: string;
  readonly #address: TcpAddress;
  readonly #forget: () => void;
  #phase: 'opening' | 'open' | 'closed' = 'opening';
  #onSent: (error: Error | null) => void = () => undefined;

  constructor(entrance: Entrance, call: string, address: TcpAddress) {
    const type = isIPv6(address.host) ? 'udp6' : 'udp4';
    // Loaded by the first socket.
    const { createSocket } = process.getBuiltinModule('node:dgram');
    this.socket = createSocket({ type, ipv6Only: type === 'udp6' });
    this.#entrance = entrance;
    this.#call = call;
    this.#address = address;
    this.#forget = entrance.hold({ close: () => this.close() });
    if (entrance.isBackground) this.socket.unref();
  }

  /** `sign`: the event of Node's socket that says that it is open. */
  open(
    listener: UdpListener,
    onOpen: () => void,
    onFailed: (error: OsError) => void,
    sign: 'listening' | 'connect' = 'listening',
  ): void {
    const entrance = this.#entrance;
    const opened = (): void => {
      if (this.#phase !== 'opening') return;
      this.#phase = 'open';
      onOpen();
    };
    const receive = (bytes: Uint8Array, { address, port }: RemoteInfo): void => {
      if (this.#phase !== 'open') return;
      listener.onDatagram(bytes, addressOf(address, port));
    };
    const onError = (error: Error): void => {
      const phase = this.#phase;
      if (phase === 'closed') return;
      if (phase === 'opening') this.close();
      const report = phase === 'opening' ? onFailed : listener.onError.bind(listener);
      report(osError(thrownErrno(error) ?? error.message, this.#call, subjectOf(this.#address)));
    };
    const onSent = (error: Error | null): void => {
      if (error !== null) onError(error);
    };
    this.#onSent = entering(entrance, onSent);
    this.socket.once(sign, entering(entrance, opened));
    this.socket.on('message', entering(entrance, receive));
    this.socket.on('error', entering(entrance, onError));
  }

  localAddress(): TcpAddress {
    const { address, port } = this.socket.address();
    return addressOf(address, port);
  }

  send(bytes: Uint8Array, to: TcpAddress | undefined): void {
    if (this.#phase !== 'open') return;
    if (to === undefined) this.socket.send(bytes, this.#onSent);
    else this.socket.send(bytes, to.port, to.host, this.#onSent);
  }

  close(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#forget();
    this.socket.close();
  }
}
