/**
 * The network between the hosts of one simulation: who has which address, the names, and what happens between two
 * hosts. A host that is on no network has one of its own, with its loopback addresses alone.
 */
import { assert } from '../../../src/base/assert.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import { familyOf } from './addresses.ts';
import { type DatagramFates, Link } from './link.ts';
import { Names } from './names.ts';
import { NetHost } from './net-host.ts';
import type { TcpEnd } from './tcp-end.ts';

/** How long a host asks in its own network for an address that no host has. */
export const UNREACHABLE_MS = 3_000;

export class Network {
  readonly names = new Names();
  readonly #hosts: NetHost[] = [];
  readonly #links = new Map<string, Link>();

  /** Adds a host with these addresses. Its name, if it has one, is also a name of the network. */
  join(scheduler: HostScheduler, addresses: readonly string[]): NetHost {
    const isFree = (address: string): boolean =>
      familyOf(address) !== undefined && !this.#hosts.some((host) => host.owns(address));
    assert(addresses.every(isFree), 'an address belongs to one host');
    const host = new NetHost(scheduler, addresses);
    this.#hosts.push(host);
    if (scheduler.name !== undefined) this.names.set(scheduler.name, addresses);
    return host;
  }

  /** The host that gets what `from` sends to this address. */
  hostAt(from: NetHost, address: string): NetHost | undefined {
    if (from.owns(address)) return from;
    return this.#hosts.find(({ addresses }) => addresses.includes(address));
  }

  link(one: NetHost, other: NetHost): Link {
    const key = [one, other]
      .map((host) => this.#hosts.indexOf(host))
      .toSorted((first, second) => first - second)
      .join(' ');
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const link = new Link(one === other);
    this.#links.set(key, link);
    return link;
  }

  /** From now on nothing gets from one host to the other; the way back stays. */
  cut(from: string, to: string): void {
    this.#between(from, to).cut(this.#host(from).scheduler);
  }

  /** Nothing gets from either host to the other. */
  partition(one: string, other: string): void {
    this.cut(one, other);
    this.cut(other, one);
  }

  /** Ends what {@link cut} and {@link partition} began: what waits arrives with the next retransmission. */
  heal(one: string, other: string): void {
    this.#between(one, other).heal();
  }

  /** From now on what one host sends to the other takes so much longer, and leaves no faster than that. */
  setPace(
    from: string,
    to: string,
    pace: { readonly delayMs?: number; readonly bytesPerSecond?: number },
  ): void {
    const { scheduler } = this.#host(from);
    this.#between(from, to).setPace(scheduler, pace.delayMs ?? 0, pace.bytesPerSecond);
  }

  /** From now on this befalls datagrams from one host to the other; nothing does at first. */
  setFates(from: string, to: string, fates: DatagramFates): void {
    this.#between(from, to).setFates(this.#host(from).scheduler, fates);
  }

  /** The ends of connections on a host, oldest first. */
  endsOf(name: string): readonly TcpEnd[] {
    return [...this.#host(name).ends];
  }

  #between(one: string, other: string): Link {
    return this.link(this.#host(one), this.#host(other));
  }

  #host(name: string): NetHost {
    const found = this.#hosts.find(({ scheduler }) => scheduler.name === name);
    assert(found !== undefined, 'the host is on the network');
    return found;
  }
}
