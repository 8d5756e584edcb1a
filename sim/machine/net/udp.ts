/** Simulated UDP: the calls of one process that make sockets for datagrams. */
import { assert } from '../../../src/base/assert.ts';
import { fail, ok } from '../../../src/base/result.ts';
import type {
  ConnectedUdpSocket,
  Pending,
  TcpAddress,
  UdpListener,
  UdpSocket,
} from '../../../src/port/network.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { Lane } from '../core/lane.ts';
import type { Found } from '../core/subject.ts';
import type { SimProcess } from '../process/process.ts';
import { addressText, familyOf, isUnspecified, loopbackOf } from './addresses.ts';
import type { NetHost } from './net-host.ts';
import type { Network } from './network.ts';
import { errorFor, Request } from './request.ts';
import { UdpEnd } from './udp-end.ts';

export class UdpCalls {
  readonly #network: Network;
  readonly #host: NetHost;
  readonly #process: SimProcess;
  /** Sockets so far, for the labels of their noise. */
  #made = 0;

  constructor(network: Network, host: NetHost, process: SimProcess) {
    this.#network = network;
    this.#host = host;
    this.#process = process;
  }

  bind(
    address: TcpAddress,
    listener: UdpListener,
    onOutcome: (outcome: OsResult<UdpSocket>) => void,
  ): Pending {
    return this.#open<UdpSocket>('network.bindUdp', address, onOutcome, (lane) => {
      const found = this.#host.udpAddress(this.#process, address);
      if (!found.ok) return found;
      const end = this.#end(lane, found.value, undefined, listener);
      const send = (bytes: Uint8Array, to: TcpAddress): void => end.send(bytes, to);
      return ok({ socket: { local: end.local, send, close: () => end.close() }, end });
    });
  }

  connect(
    wanted: TcpAddress,
    listener: UdpListener,
    onOutcome: (outcome: OsResult<ConnectedUdpSocket>) => void,
  ): Pending {
    return this.#open<ConnectedUdpSocket>('network.connectUdp', wanted, onOutcome, (lane) => {
      const family = familyOf(wanted.host);
      assert(family !== undefined, 'the address is numeric');
      const to = isUnspecified(wanted.host) ? loopbackOf(family) : wanted.host;
      const from = this.#host.sourceFor(to, family);
      if (from === undefined) return fail('ENETUNREACH');
      const remote = { host: to, port: wanted.port };
      const end = this.#end(lane, { host: from, port: this.#host.choosePort() }, remote, listener);
      const send = (bytes: Uint8Array): void => end.send(bytes, remote);
      const socket = { local: end.local, remote: wanted, send, close: () => end.close() };
      return ok({ socket, end });
    });
  }

  #open<Socket>(
    call: string,
    address: TcpAddress,
    onOutcome: (outcome: OsResult<Socket>) => void,
    make: (lane: Lane) => Found<{ readonly socket: Socket; readonly end: UdpEnd }>,
  ): Pending {
    const request = new Request(this.#process, call, addressText(address), 1, onOutcome);
    const { scheduler } = this.#host;
    const { name = '' } = scheduler;
    const lane = scheduler.lane(`${name} ${this.#process.label} udp ${this.#made++}`.trim());
    scheduler.post(lane, () => {
      if (request.isOver) return;
      const error = errorFor(this.#process, call, address);
      if (error !== undefined) return request.fail(error);
      const made = make(lane);
      if (made.ok) request.end(ok(made.value.socket), () => made.value.end.releaseAtEnd());
      else request.fail(made.error);
    });
    return request;
  }

  #end(
    lane: Lane,
    local: TcpAddress,
    remote: TcpAddress | undefined,
    listener: UdpListener,
  ): UdpEnd {
    const place = { network: this.#network, host: this.#host, process: this.#process, lane };
    return new UdpEnd(place, local, remote, listener);
  }
}
