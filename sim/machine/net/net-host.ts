/** One host on a simulated network: its addresses, listeners, connections and sockets for datagrams. */
import { fail, ok } from '../../../src/base/result.ts';
import type { TcpAddress, TcpConnection } from '../../../src/port/network.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Found } from '../core/subject.ts';
import type { SimProcess } from '../process/process.ts';
import { FREE_PORT_MIN, familyOf, isLoopback, isUnspecified, loopbackOf } from './addresses.ts';
import type { TcpEnd } from './tcp-end.ts';
import { SimTcpListener } from './tcp-listener.ts';

/** The ports that the kernel chooses from (ip_local_port_range). */
const CHOSEN_PORT_MIN = 32_768;
const CHOSEN_PORTS = 28_232;

/** A socket for datagrams. */
export interface DatagramEnd {
  readonly local: TcpAddress;
  /** Undefined: it is not connected. */
  readonly remote: TcpAddress | undefined;
  arrive(bytes: Uint8Array, from: TcpAddress): void;
}

export class NetHost {
  readonly scheduler: HostScheduler;
  /** Beside the loopback addresses. */
  readonly addresses: readonly string[];
  /** The ends of connections that are still open in the kernel, oldest first. */
  readonly ends = new Set<TcpEnd>();
  /** The sockets for datagrams that are open. */
  readonly udpEnds = new Set<DatagramEnd>();
  readonly #listeners = new Set<SimTcpListener>();

  constructor(scheduler: HostScheduler, addresses: readonly string[]) {
    this.scheduler = scheduler;
    this.addresses = addresses;
  }

  /** The address from which it reaches others of this family. */
  addressOf(family: 4 | 6): string | undefined {
    return this.addresses.find((address) => familyOf(address) === family);
  }

  /** The address from which it reaches this one; undefined: it has none of the family. */
  sourceFor(host: string, family: 4 | 6): string | undefined {
    if (isLoopback(host)) return loopbackOf(family);
    return this.owns(host) ? host : this.addressOf(family);
  }

  owns(host: string): boolean {
    return isLoopback(host) || this.addresses.includes(host);
  }

  listen(
    process: SimProcess,
    { host, port: wanted }: TcpAddress,
    onConnection: (connection: TcpConnection) => void,
  ): Found<SimTcpListener> {
    const taken = [...this.#listeners].map((listener) => listener.address);
    const found = this.#freeAddress(process, { host, port: wanted }, taken);
    if (!found.ok) return found;
    const address = found.value;
    return ok(new SimTcpListener(this.scheduler, this.#listeners, process, address, onConnection));
  }

  /** The address of a new socket for datagrams that is not connected. */
  udpAddress(process: SimProcess, address: TcpAddress): Found<TcpAddress> {
    const bound = [...this.udpEnds].filter(({ remote }) => remote === undefined);
    return this.#freeAddress(
      process,
      address,
      bound.map(({ local }) => local),
    );
  }

  /** The socket that gets datagrams from one address to the other. */
  udpEndAt(from: TcpAddress, { host, port }: TcpAddress): DatagramEnd | undefined {
    const ends = [...this.udpEnds].filter(
      ({ local }) => local.port === port && overlap(local.host, host),
    );
    const isPeer = ({ remote }: DatagramEnd): boolean =>
      remote?.host === from.host && remote.port === from.port;
    return ends.find(isPeer) ?? ends.find(({ remote }) => remote === undefined);
  }

  #freeAddress(
    process: SimProcess,
    { host, port: wanted }: TcpAddress,
    taken: readonly TcpAddress[],
  ): Found<TcpAddress> {
    if (!isUnspecified(host) && !this.owns(host)) return fail('EADDRNOTAVAIL');
    if (wanted > 0 && wanted < FREE_PORT_MIN && process.uid !== 0) return fail('EACCES');
    const port = wanted === 0 ? this.choosePort() : wanted;
    const isTaken = taken.some((other) => other.port === port && overlap(other.host, host));
    return isTaken ? fail('EADDRINUSE') : ok({ host, port });
  }

  /** The listener that gets connections to this address. */
  listenerAt({ host, port }: TcpAddress): SimTcpListener | undefined {
    return [...this.#listeners].find(
      ({ address }) => address.port === port && overlap(address.host, host),
    );
  }

  /** A port that no socket of this host uses. */
  choosePort(): number {
    const stream = this.scheduler.noise.stream('chosen ports');
    const used = [
      ...[...this.#listeners].map(({ address }) => address.port),
      ...[...this.ends].map(({ local }) => local.port),
      ...[...this.udpEnds].map(({ local }) => local.port),
    ];
    const first = stream.below(CHOSEN_PORTS);
    for (let count = 0; ; count++) {
      const port = CHOSEN_PORT_MIN + ((first + count) % CHOSEN_PORTS);
      if (!used.includes(port) || count === CHOSEN_PORTS) return port;
    }
  }

  /** Forgets all connections, without a word to their peers. */
  losePower(): void {
    for (const end of this.ends) end.vanish();
  }
}

/** Whether sockets of both addresses get the same connections, on one port. */
function overlap(one: string, other: string): boolean {
  if (one === other) return true;
  return familyOf(one) === familyOf(other) && (isUnspecified(one) || isUnspecified(other));
}
