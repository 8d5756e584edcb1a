/** Simulated TCP and host names: the `Network` family of one process. */
import { assert } from '../../../src/base/assert.ts';
import { fail, ok } from '../../../src/base/result.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import type {
  Network as NetworkPort,
  Pending,
  TcpAddress,
  TcpConnection,
  TcpListener,
} from '../../../src/port/network.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { Lane } from '../core/lane.ts';
import type { Disk } from '../fs/disk.ts';
import type { SimProcess } from '../process/process.ts';
import { addressText, familyOf, isUnspecified, loopbackOf } from './addresses.ts';
import { Handshake } from './handshake.ts';
import type { NetHost } from './net-host.ts';
import { type Network, UNREACHABLE_MS } from './network.ts';
import { openPassage, reachPassage } from './passage.ts';
import { errorFor, Request } from './request.ts';
import { UdpCalls } from './udp.ts';

/** The network family as `process` sees it. */
export function networkOf(
  network: Network,
  host: NetHost,
  disk: Disk,
  process: SimProcess,
): NetworkPort {
  const calls = new TcpCalls(network, host, process);
  const udpCalls = new UdpCalls(network, host, process);
  return {
    openPassage: (path, uid) =>
      process.attempt('network.openPassage', path, () => openPassage(disk, process, path, uid)),
    reachPassage: (path) =>
      process.attempt('network.reachPassage', path, () => reachPassage(disk, process, path)),
    listen: (address, onConnection, onOutcome) => {
      process.enter('network.listen', addressText(address));
      return calls.listen(address, onConnection, onOutcome);
    },
    connect: (address, onOutcome) => {
      process.enter('network.connect', addressText(address));
      return calls.connect(address, onOutcome);
    },
    bindUdp: (address, listener, onOutcome) => {
      process.enter('network.bindUdp', addressText(address));
      return udpCalls.bind(address, listener, onOutcome);
    },
    connectUdp: (address, listener, onOutcome) => {
      process.enter('network.connectUdp', addressText(address));
      return udpCalls.connect(address, listener, onOutcome);
    },
    resolve: (name, onOutcome) => {
      process.enter('network.resolve', name);
      return calls.resolve(name, onOutcome);
    },
  };
}

class TcpCalls {
  readonly #network: Network;
  readonly #host: NetHost;
  readonly #process: SimProcess;
  /** Requests so far, for the labels of their noise. */
  #requests = 0;

  constructor(network: Network, host: NetHost, process: SimProcess) {
    this.#network = network;
    this.#host = host;
    this.#process = process;
  }

  listen(
    address: TcpAddress,
    onConnection: (connection: TcpConnection) => void,
    onOutcome: (outcome: OsResult<TcpListener>) => void,
  ): Pending {
    const process = this.#process;
    const request = new Request(process, 'network.listen', addressText(address), 1, onOutcome);
    const lane = this.#lane('listen');
    this.#host.scheduler.post(lane, () => {
      if (request.isOver) return;
      const error = errorFor(process, 'network.listen', address);
      if (error !== undefined) return request.fail(error);
      const made = this.#host.listen(process, address, onConnection);
      request.end(made, () => made.ok && made.value.releaseAtEnd());
    });
    return request;
  }

  connect(address: TcpAddress, onOutcome: (outcome: OsResult<TcpConnection>) => void): Pending {
    const call = 'network.connect';
    const request = new Request(this.#process, call, addressText(address), 1, onOutcome);
    const { scheduler } = this.#host;
    const lane = this.#lane('connect');
    scheduler.quirks.holdUp('connect-late', lane, scheduler.now);
    scheduler.post(lane, () => {
      const error = errorFor(this.#process, call, address);
      if (error !== undefined) return request.fail(error);
      this.#begin(request, lane, address);
    });
    return request;
  }

  resolve(name: string, onOutcome: (outcome: OsResult<readonly string[]>) => void): Pending {
    const process = this.#process;
    const request = new Request(process, 'network.resolve', name, 0, onOutcome);
    const { scheduler } = this.#host;
    const { stream } = this.#lane('resolve');
    const { found, afterMs } = this.#network.names.lookUp(name);
    scheduler.postAt(stream, afterMs * NS_PER_MS, false, () => {
      const error = process.callFaults?.errorOf('network.resolve', name);
      if (error !== undefined) request.fail(error);
      else request.end(typeof found === 'string' ? fail(found) : ok(found));
    });
    return request;
  }

  /** Finds the host that has the address, as the kernel routes. */
  #begin(request: Request<TcpConnection>, lane: Lane, { host: wanted, port }: TcpAddress): void {
    const own = this.#host;
    const family = familyOf(wanted);
    assert(family !== undefined, 'the address is numeric');
    const host = isUnspecified(wanted) ? loopbackOf(family) : wanted;
    const from = own.sourceFor(host, family);
    if (from === undefined || isGroup(host)) return request.fail('ENETUNREACH');
    const there = this.#network.hostAt(own, host);
    if (there !== undefined) {
      const route = { own, there, link: this.#network.link(own, there) };
      const local = { host: from, port: own.choosePort() };
      new Handshake(route, lane, local, { host, port }, request).attempt(0);
      return;
    }
    const unreachable = (): void => request.fail('EHOSTUNREACH');
    own.scheduler.postAt(lane.stream, UNREACHABLE_MS * NS_PER_MS, false, unreachable);
  }

  #lane(what: string): Lane {
    const { scheduler } = this.#host;
    const { name = '' } = scheduler;
    return scheduler.lane(`${name} ${this.#process.label} tcp ${what} ${this.#requests++}`.trim());
  }
}

/** A multicast address: no TCP connection leads there. */
function isGroup(host: string): boolean {
  return /^(22[4-9]|23\d)\.|^ff/i.test(host);
}
