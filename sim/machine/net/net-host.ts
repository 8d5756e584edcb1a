/** One host on a simulated network: its addresses, listeners and connections. */
import { fail, ok } from '../../../src/base/result.ts';
import type { TcpAddress, TcpConnection } from '../../../src/port/network.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Found } from '../core/subject.ts';
import type { SimProcess } from '../process/process.ts';
import { FREE_PORT_MIN, familyOf, isLoopback, isUnspecified } from './addresses.ts';
import type { TcpEnd } from './tcp-end.ts';
import { SimTcpListener } from './tcp-listener.ts';

/** The ports that the kernel chooses from (ip_local_port_range). */
const CHOSEN_PORT_MIN = 32_768;
const CHOSEN_PORTS = 28_232;

export class NetHost {
  readonly scheduler: HostScheduler;
  /** Beside the loopback addresses. */
  readonly addresses: readonly string[];
  /** The ends of connections that are still open in the kernel, oldest first. */
  readonly ends = new Set<TcpEnd>();
  readonly #listeners = new Set<SimTcpListener>();

  constructor(scheduler: HostScheduler, addresses: readonly string[]) {
    this.scheduler = scheduler;
    this.addresses = addresses;
  }

  /** The address from which it reaches others of this family. */
  addressOf(family: 4 | 6): string | undefined {
    return this.addresses.find((address) => familyOf(address) === family);
  }

  owns(host: string): boolean {
    return isLoopback(host) || this.addresses.includes(host);
  }

  listen(
    process: SimProcess,
    { host, port: wanted }: TcpAddress,
    onConnection: (connection: TcpConnection) => void,
  ): Found<SimTcpListener> {
    if (!isUnspecified(host) && !this.owns(host)) return fail('EADDRNOTAVAIL');
    if (wanted > 0 && wanted < FREE_PORT_MIN && process.uid !== 0) return fail('EACCES');
    const port = wanted === 0 ? this.choosePort() : wanted;
    const isTaken = [...this.#listeners].some(
      ({ address }) => address.port === port && overlap(address.host, host),
    );
    if (isTaken) return fail('EADDRINUSE');
    const address = { host, port };
    return ok(new SimTcpListener(this.scheduler, this.#listeners, process, address, onConnection));
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
