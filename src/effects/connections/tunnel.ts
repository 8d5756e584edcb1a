/**
 * Two connections as one: what comes on either goes out on the other, unread. The near one is that of a peer, which
 * asked for it, the far one leads to the next relay. One that does not read makes the other one wait, since at most
 * {@link TUNNEL_BYTES_MAX} bytes wait in between. When one ends, the other one ends in the same way.
 */
import { NS_PER_MS_BIGINT } from '../../base/time.ts';
import type { Clock, Timer } from '../../port/clock.ts';
import type { TcpConnection } from '../../port/network.ts';
import type { CloseReason } from '../../port/unix-sockets.ts';
import { TUNNEL_BYTES_MAX, TUNNEL_STALL_MS_MAX } from '../../relay/limits.ts';

/** The wait before we look again whether an end has read doubles from the first to the last of these. */
const LOOK_MS_MIN = 1;
const LOOK_MS_MAX = 64;

export interface TunnelListener {
  /** Bytes wait for the near end. */
  onQueued(): void;
  /** An end takes nothing any more: the owner cuts the tunnel off. */
  onStalled(): void;
}

export class Tunnel {
  readonly #near: TcpConnection;
  readonly #far: TcpConnection;
  readonly #toNear: Flow;
  readonly #toFar: Flow;
  #isFarClosed = false;
  #onClosed: (() => void) | undefined;

  /** The caller has started the near connection, and calls {@link send} and {@link nearClosed}. */
  constructor(clock: Clock, near: TcpConnection, far: TcpConnection, listener: TunnelListener) {
    this.#near = near;
    this.#far = far;
    const onStalled = (): void => listener.onStalled();
    this.#toNear = new Flow(clock, far, near, onStalled);
    this.#toFar = new Flow(clock, near, far, onStalled);
    far.start({
      onData: (bytes) => {
        this.#toNear.push(bytes);
        listener.onQueued();
      },
      onClose: (reason) => this.#farClosed(reason),
    });
  }

  get heldBytes(): number {
    return this.#near.pendingBytes + this.#far.pendingBytes;
  }

  /** Bytes of the near end go to the far one. */
  send(bytes: Uint8Array): void {
    this.#toFar.push(bytes);
  }

  /** Ends the far connection, the caller the near one: in order, or at once. */
  close(isAtOnce: boolean): void {
    end(this.#far, isAtOnce ? 'reset' : 'local');
  }

  /** `onClosed`: both ends are closed. */
  nearClosed(reason: CloseReason, onClosed: () => void): void {
    this.#stop();
    if (this.#isFarClosed) return onClosed();
    this.#onClosed = onClosed;
    end(this.#far, reason);
  }

  #farClosed(reason: CloseReason): void {
    this.#stop();
    this.#isFarClosed = true;
    if (this.#onClosed === undefined) end(this.#near, reason);
    else this.#onClosed();
  }

  #stop(): void {
    this.#toNear.stop();
    this.#toFar.stop();
  }
}

/** Bytes that were sent before an orderly end still arrive. */
function end(connection: TcpConnection, reason: CloseReason): void {
  if (reason === 'reset' || reason === 'refused') connection.drop();
  else connection.close();
}

/** One direction. */
class Flow {
  readonly #clock: Clock;
  readonly #from: TcpConnection;
  readonly #to: TcpConnection;
  readonly #onStalled: () => void;
  #look: Timer | undefined;
  #hasStopped = false;

  constructor(clock: Clock, from: TcpConnection, to: TcpConnection, onStalled: () => void) {
    this.#clock = clock;
    this.#from = from;
    this.#to = to;
    this.#onStalled = onStalled;
  }

  push(bytes: Uint8Array): void {
    this.#to.send(bytes);
    const { pendingBytes } = this.#to;
    if (pendingBytes < TUNNEL_BYTES_MAX || this.#look !== undefined || this.#hasStopped) return;
    this.#from.pause();
    this.#lookAfter(LOOK_MS_MIN, pendingBytes, this.#clock.monotonicNs());
  }

  stop(): void {
    this.#hasStopped = true;
    this.#look?.cancel();
  }

  /** `sinceNs`: when so many bytes waited for the first time. */
  #lookAfter(ms: number, waiting: number, sinceNs: bigint): void {
    this.#look = this.#clock.setTimer(ms, () => {
      const { pendingBytes } = this.#to;
      const now = this.#clock.monotonicNs();
      const next = Math.min(2 * ms, LOOK_MS_MAX);
      if (2 * pendingBytes <= TUNNEL_BYTES_MAX) {
        this.#look = undefined;
        this.#from.resume();
      } else if (pendingBytes < waiting) this.#lookAfter(next, pendingBytes, now);
      else if (now - sinceNs <= BigInt(TUNNEL_STALL_MS_MAX) * NS_PER_MS_BIGINT) {
        this.#lookAfter(next, waiting, sinceNs);
      } else this.#onStalled();
    });
  }
}
