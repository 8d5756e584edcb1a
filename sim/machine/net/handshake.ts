/** Connects two hosts: the attempts of the one, and what the other answers. */
import { ok } from '../../../src/base/result.ts';
import { NS_PER_SECOND } from '../../../src/base/time.ts';
import type { TcpAddress, TcpConnection } from '../../../src/port/network.ts';
import type { Lane } from '../core/lane.ts';
import type { Link } from './link.ts';
import type { NetHost } from './net-host.ts';
import type { Request } from './request.ts';
import { SimTcpConnection } from './tcp-connection.ts';
import { TcpEnd } from './tcp-end.ts';

/** A lost attempt is repeated after one second, each later one after twice the time (tcp_syn_retries). */
const ATTEMPTS = 7;
const SEGMENT_BYTES = 60;

interface Route {
  readonly own: NetHost;
  readonly there: NetHost;
  readonly link: Link;
}

export class Handshake {
  readonly #route: Route;
  /** Orders what arrives here, and what arrives there. */
  readonly #lane: Lane;
  readonly #laneThere: Lane;
  readonly #local: TcpAddress;
  readonly #remote: TcpAddress;
  readonly #request: Request<TcpConnection>;

  constructor(
    route: Route,
    lane: Lane,
    local: TcpAddress,
    remote: TcpAddress,
    request: Request<TcpConnection>,
  ) {
    this.#route = route;
    this.#lane = lane;
    this.#laneThere = route.own.scheduler.lane(`${lane.label} out`);
    this.#local = local;
    this.#remote = remote;
    this.#request = request;
  }

  /** `count`: attempts so far. */
  attempt(count: number): void {
    if (this.#request.isOver) return;
    if (count === ATTEMPTS) return this.#request.fail('ETIMEDOUT');
    const { own, there, link } = this.#route;
    if (!link.isWhole) return this.#repeat(count);
    const transitNs = link.transit(own.scheduler, SEGMENT_BYTES, this.#lane.stream);
    const arrive = (): void => this.#arrive(count);
    there.scheduler.postFrom(own.scheduler, this.#laneThere, transitNs, arrive);
  }

  #repeat(count: number): void {
    const delayNs = 2 ** count * NS_PER_SECOND;
    const again = (): void => this.attempt(count + 1);
    this.#route.own.scheduler.postAt(this.#lane.stream, delayNs, false, again);
  }

  /** The listener's host gets the attempt. */
  #arrive(count: number): void {
    const { own, there, link } = this.#route;
    const listener = there.listenerAt(this.#remote);
    if (!link.isWhole || listener?.isFull === true) return this.#repeat(count);
    const request = this.#request;
    if (listener === undefined) return this.#answer(() => request.fail('ECONNREFUSED'));
    const { scheduler, ends } = own;
    const [local, remote] = [this.#local, this.#remote];
    const end = new TcpEnd({ scheduler, ends, link, lane: this.#lane }, local, remote);
    const place = { scheduler: there.scheduler, ends: there.ends, link, lane: this.#laneThere };
    const endThere = new TcpEnd(place, remote, local);
    end.join(endThere);
    listener.enqueue(endThere);
    this.#answer(() => {
      if (request.isOver) return end.sendReset();
      end.setOwner(request.process);
      const connection = new SimTcpConnection(request.process, end);
      request.end(ok(connection), () => end.drop());
    });
  }

  #answer(hear: () => void): void {
    const { own, there, link } = this.#route;
    const transitNs = link.transit(there.scheduler, SEGMENT_BYTES, this.#lane.stream);
    own.scheduler.postFrom(there.scheduler, this.#lane, transitNs, hear);
  }
}
