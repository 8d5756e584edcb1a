/**
 * A simulated UDP socket. Its kernel queues what has arrived while the process is paused, up to a bound, and loses the
 * rest; a datagram for a port without socket is refused, which a connected sender learns.
 */
import { NS_PER_MS } from '../../../src/base/time.ts';
import type { TcpAddress, UdpListener } from '../../../src/port/network.ts';
import type { OsErrorCode } from '../../../src/port/os-error.ts';
import type { Lane } from '../core/lane.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import { addressText, familyOf, isUnspecified, loopbackOf } from './addresses.ts';
import type { DatagramEnd, NetHost } from './net-host.ts';
import { type Network, UNREACHABLE_MS } from './network.ts';

/** Bytes that the kernel keeps for a process that does not read (net.core.rmem_default). */
export const UDP_QUEUE_BYTES_MAX = 212_992;
/** The longest datagrams over IPv4 and IPv6. */
const PAYLOAD_BYTES_MAX = { 4: 65_507, 6: 65_527 } as const;
/** Headers of UDP and IP. */
const HEADER_BYTES = { 4: 28, 6: 48 } as const;

interface Arrived {
  readonly bytes: Uint8Array;
  readonly from: TcpAddress;
}

/** Where an end is. */
interface Place {
  readonly network: Network;
  readonly host: NetHost;
  readonly process: SimProcess;
  readonly lane: Lane;
}

export class UdpEnd implements DatagramEnd, Resource {
  readonly descriptors = 1;
  readonly local: TcpAddress;
  readonly remote: TcpAddress | undefined;
  readonly #place: Place;
  readonly #listener: UdpListener;
  readonly #call: string;
  readonly #queue: Arrived[] = [];
  #queuedBytes = 0;
  #readsLater = false;

  constructor(
    place: Place,
    local: TcpAddress,
    remote: TcpAddress | undefined,
    listener: UdpListener,
  ) {
    const { host, process } = place;
    this.#place = place;
    this.local = local;
    this.remote = remote;
    this.#listener = listener;
    this.#call = remote === undefined ? 'network.bindUdp' : 'network.connectUdp';
    host.udpEnds.add(this);
    process.hold(this);
    process.holds++;
  }

  get #isOpen(): boolean {
    return this.#place.host.udpEnds.has(this);
  }

  send(bytes: Uint8Array, to: TcpAddress): void {
    const { process, host } = this.#place;
    process.enter('network.sendDatagram', `${addressText(to)} ${bytes.length} bytes`);
    if (!this.#isOpen) return;
    const family = familyOf(to.host);
    if (family === undefined || family !== familyOf(this.local.host))
      return this.#fail('EINVAL', 0);
    if (bytes.length > PAYLOAD_BYTES_MAX[family]) return this.#fail('EMSGSIZE', 0);
    const wanted = isUnspecified(to.host) ? loopbackOf(family) : to.host;
    const source = isUnspecified(this.local.host)
      ? host.sourceFor(wanted, family)
      : this.local.host;
    if (source === undefined) return this.#fail('ENETUNREACH', 0);
    const from = { host: source, port: this.local.port };
    this.#route(bytes.slice(), from, { host: wanted, port: to.port }, HEADER_BYTES[family]);
  }

  #route(bytes: Uint8Array, from: TcpAddress, to: TcpAddress, headerBytes: number): void {
    const { network, host, lane } = this.#place;
    const there = network.hostAt(host, to.host);
    if (there === undefined) {
      if (this.remote !== undefined) this.#fail('EHOSTUNREACH', UNREACHABLE_MS);
      return;
    }
    const link = network.link(host, there);
    const copies = link.copies(host.scheduler, headerBytes + bytes.length, lane.stream);
    for (const { transitNs, isInOrder } of copies) {
      const own = isInOrder ? lane : { ...lane, lastTime: 0 };
      const arrive = (): void => {
        const end = there.udpEndAt(from, to);
        if (end !== undefined) return end.arrive(bytes, from);
        if (this.remote === undefined || link.isCut(there.scheduler)) return;
        const backNs = link.transit(there.scheduler, headerBytes, lane.stream);
        const hear = (): void => this.#report('ECONNREFUSED');
        host.scheduler.postFrom(there.scheduler, { ...lane, lastTime: 0 }, backNs, hear);
      };
      there.scheduler.postFrom(host.scheduler, own, transitNs, arrive);
    }
  }

  arrive(bytes: Uint8Array, from: TcpAddress): void {
    if (this.#queuedBytes + bytes.length > UDP_QUEUE_BYTES_MAX) return;
    this.#queue.push({ bytes, from });
    this.#queuedBytes += bytes.length;
    this.#read();
  }

  #read(): void {
    const { process } = this.#place;
    if (process.isPaused) {
      if (!this.#readsLater) process.waiting.push(() => this.#readAgain());
      this.#readsLater = true;
      return;
    }
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { bytes, from } = next;
      this.#queuedBytes -= bytes.length;
      if (!this.#isOpen) return;
      process.deliver('datagram', bytes, () => this.#listener.onDatagram(bytes, from));
    }
  }

  #readAgain(): void {
    this.#readsLater = false;
    this.#read();
  }

  #fail(code: OsErrorCode, afterMs: number): void {
    const { host, lane } = this.#place;
    const report = (): void => this.#report(code);
    host.scheduler.postAt(lane.stream, afterMs * NS_PER_MS, false, report);
  }

  #report(code: OsErrorCode): void {
    const { process } = this.#place;
    if (!this.#isOpen) return;
    if (process.isPaused) {
      process.waiting.push(() => this.#report(code));
      return;
    }
    const error = { code, call: this.#call, subject: addressText(this.remote ?? this.local) };
    process.deliver('datagram error', code, () => this.#listener.onError(error));
  }

  close(): void {
    this.#place.process.enter('network.closeUdp', addressText(this.local));
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    const { host, process } = this.#place;
    if (!host.udpEnds.delete(this)) return;
    process.drop(this);
    process.holds--;
    this.#queue.length = 0;
  }
}
