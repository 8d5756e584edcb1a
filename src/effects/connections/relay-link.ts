/**
 * A connection that a relay has accepted. The relay cuts off a peer that breaks the protocol or does not read, with its
 * address and one sentence. The connection becomes a tunnel when its peer asks for another relay (R3.8): then its bytes
 * mean nothing here.
 */
import type { Pending, TcpConnection } from '../../port/network.ts';
import type { World } from '../../port/world.ts';
import type { RelayStore } from '../../relay/store.ts';
import type { ViewerRequest } from '../../wire/live/requests.ts';
import type { RelayRequest } from '../../wire/relay/requests.ts';
import type { HeldBytes, Holder } from './held-bytes.ts';
import { CLOSED_HERE, endOf, type LinkEnd } from './link.ts';
import { Tunnel } from './tunnel.ts';

export interface RelayLinkOwner {
  /** Of control connections, and of a data connection one to forward it. */
  onRequest(request: RelayRequest): void;
  onViewerRequest(request: ViewerRequest): void;
  onClosed(end: LinkEnd): void;
  /** After `onClosed`, of control connections only. */
  onSettled(): void;
}

type LinkWorld = Pick<World, 'clock' | 'log'>;

/** Most bytes of replies to what arrived together that leave in one call. */
const BATCH_BYTES = 1024;

export abstract class RelayLink implements Holder {
  readonly world: LinkWorld;
  readonly connection: TcpConnection;
  readonly store: RelayStore;
  readonly #held: HeldBytes;
  #end: LinkEnd | undefined;
  #isAdopted = false;
  /** The attempt to reach the next relay. */
  #dialling: Pending | undefined;
  #tunnel: Tunnel | undefined;
  /** Gives the place of a tunnel back. */
  #release: (() => void) | undefined;
  /** Replies that leave together when all that has arrived is answered. */
  readonly #batch = new Uint8Array(BATCH_BYTES);
  #batchedBytes = 0;
  #isReceiving = false;

  constructor(world: LinkWorld, connection: TcpConnection, store: RelayStore, held: HeldBytes) {
    this.world = world;
    this.connection = connection;
    this.store = store;
    this.#held = held;
    held.add(this);
  }

  /** Bytes of an incomplete message. */
  protected abstract get incompleteBytes(): number;
  /** Most bytes of replies that the peer has not read. */
  protected abstract readonly replyBytesMax: number;
  protected abstract receive(bytes: Uint8Array, owner: RelayLinkOwner): void;
  protected abstract leave(owner: RelayLinkOwner): void;

  get heldBytes(): number {
    const { pendingBytes } = this.connection;
    return this.#tunnel?.heldBytes ?? pendingBytes + (this.hasEnded ? 0 : this.incompleteBytes);
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  get isAdopted(): boolean {
    return this.#isAdopted;
  }

  get peer(): string {
    return this.connection.remote.host;
  }

  /** Starts to receive; the caller calls this once. */
  adopt(owner: RelayLinkOwner): void {
    this.#isAdopted = true;
    this.connection.start({
      onData: (bytes) => {
        if (this.hasEnded) return;
        if (this.#tunnel === undefined) this.#receiveAll(bytes, owner);
        else this.#tunnel.send(bytes);
        this.limit();
      },
      onClose: (reason) => {
        this.#dialling?.cancel();
        const finish = (): void => {
          this.#held.remove(this);
          this.#release?.();
          owner.onClosed(this.#end ?? endOf(reason));
          this.leave(owner);
        };
        if (this.#tunnel === undefined) finish();
        else this.#tunnel.nearClosed(reason, finish);
      },
    });
  }

  #receiveAll(bytes: Uint8Array, owner: RelayLinkOwner): void {
    this.#isReceiving = true;
    this.receive(bytes, owner);
    this.#isReceiving = false;
    this.#sendBatch();
  }

  /**
   * Receives nothing until the outcome of `dialling`: what the peer sends after it is for the next relay. Calls
   * `release` when the connection has ended.
   */
  awaitNext(dialling: Pending, release: () => void): void {
    this.#dialling = dialling;
    this.#release = release;
    this.connection.pause();
  }

  /** The connection is one with `far` from now on. */
  openTunnel(far: TcpConnection): void {
    this.#tunnel = new Tunnel(this.world.clock, this.connection, far, {
      onQueued: () => this.limit(),
      onStalled: () => this.cutOff('overflow', 'one end of its tunnel does not read'),
    });
    this.connection.resume();
  }

  /** True: the peer sent more before it could know who gets it. */
  protected cutOffHasty(isMore: boolean): boolean {
    if (!isMore || this.#dialling === undefined) return false;
    this.cutOff('invalid', 'did not wait for the reply to forward');
    return true;
  }

  cutOff(cause: 'invalid' | 'overflow', reason: string): void {
    if (this.hasEnded) return;
    const { host: peer, port } = this.connection.remote;
    this.world.log('peer.cutOff', { cause, reason, peer, port });
    this.#end = { cause, reason };
    this.#dialling?.cancel();
    this.connection.drop();
    this.#tunnel?.close(true);
    this.#held.count(this);
  }

  /** Counts bytes that have been queued for the peer, and keeps those of all peers within their bound. */
  limit(): void {
    this.#held.limit(this);
  }

  /** Sends a reply. */
  send(bytes: Uint8Array): void {
    if (this.#batchedBytes + bytes.length > BATCH_BYTES) this.#sendBatch();
    if (!this.#isReceiving || bytes.length > BATCH_BYTES) return this.#sendNow(bytes);
    this.#batch.set(bytes, this.#batchedBytes);
    this.#batchedBytes += bytes.length;
  }

  #sendBatch(): void {
    const byteLength = this.#batchedBytes;
    this.#batchedBytes = 0;
    if (byteLength > 0) this.#sendNow(this.#batch.subarray(0, byteLength));
  }

  /** Cuts off a peer that does not read its replies. */
  #sendNow(bytes: Uint8Array): void {
    this.connection.send(bytes);
    this.limit();
    const { replyBytesMax } = this;
    if (this.connection.pendingBytes > replyBytesMax) {
      this.cutOff('overflow', `has not read ${replyBytesMax} bytes of replies`);
    }
  }

  /** Sends what is queued, then ends. */
  close(): void {
    this.#sendBatch();
    this.#end ??= CLOSED_HERE;
    this.#dialling?.cancel();
    this.connection.close();
    this.#tunnel?.close(false);
  }

  /** Ends a connection without an owner. */
  refuse(): void {
    this.#held.remove(this);
    this.connection.drop();
  }
}
