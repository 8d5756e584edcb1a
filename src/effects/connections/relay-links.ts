/**
 * Connections of a relay: control connections as messages, data connections as packets that are stored as they arrive.
 * A peer that breaks the protocol, or does not read its replies, is cut off with its address and one sentence.
 */
import type { TcpConnection } from '../../port/network.ts';
import type { CloseReason } from '../../port/unix-sockets.ts';
import type { World } from '../../port/world.ts';
import { answer, type SessionRequest } from '../../relay/answer.ts';
import { REPLY_BYTES_MAX } from '../../relay/limits.ts';
import { PacketReceiver } from '../../relay/packets.ts';
import { PeerSession } from '../../relay/session.ts';
import type { RelayStore } from '../../relay/store.ts';
import type { ViewerRequest } from '../../wire/live/requests.ts';
import { ControlParser } from '../../wire/relay/control-frames.ts';
import { DataParser } from '../../wire/relay/data-frames.ts';
import { RELAY_MAJOR, RELAY_MINOR_MIN } from '../../wire/relay/limits.ts';
import { decodeRequest, encodeReply, type RelayRequest } from '../../wire/relay/requests.ts';
import type { HeldBytes, Holder } from './held-bytes.ts';
import type { LinkEnd } from './link.ts';

export interface RelayLinkOwner {
  /** Of control connections. */
  onRequest(request: RelayRequest): void;
  onViewerRequest(request: ViewerRequest): void;
  onClosed(end: LinkEnd): void;
  /** After `onClosed`, of control connections only. */
  onSettled(): void;
}

const CLOSED_HERE: LinkEnd = { cause: 'local', reason: 'closed on this side' };

export abstract class RelayLink implements Holder {
  readonly world: Pick<World, 'log'>;
  readonly connection: TcpConnection;
  readonly store: RelayStore;
  readonly #held: HeldBytes;
  #end: LinkEnd | undefined;
  #isAdopted = false;

  constructor(
    world: Pick<World, 'log'>,
    connection: TcpConnection,
    store: RelayStore,
    held: HeldBytes,
  ) {
    this.world = world;
    this.connection = connection;
    this.store = store;
    this.#held = held;
    held.add(this);
  }

  abstract get heldBytes(): number;
  protected abstract receive(bytes: Uint8Array, owner: RelayLinkOwner): void;
  protected abstract leave(owner: RelayLinkOwner): void;

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
        this.receive(bytes, owner);
        this.limit();
      },
      onClose: (reason) => {
        this.#held.remove(this);
        owner.onClosed(this.#end ?? endOf(reason));
        this.leave(owner);
      },
    });
  }

  cutOff(cause: 'invalid' | 'overflow', reason: string): void {
    if (this.hasEnded) return;
    const { host: peer, port } = this.connection.remote;
    this.world.log('peer.cutOff', { cause, reason, peer, port });
    this.#end = { cause, reason };
    this.connection.drop();
    this.#held.count(this);
  }

  /** Counts bytes that have been queued for the peer, and keeps those of all peers within their bound. */
  limit(): void {
    this.#held.limit(this);
  }

  /** Cuts a peer off that has not read `bytesMax` of its replies. */
  protected send(bytes: Uint8Array, bytesMax: number): void {
    this.connection.send(bytes);
    this.limit();
    if (this.connection.pendingBytes > bytesMax) {
      this.cutOff('overflow', `has not read ${bytesMax} bytes of replies`);
    }
  }

  /** Sends what is queued, then ends. */
  close(): void {
    this.#end ??= CLOSED_HERE;
    this.connection.close();
  }

  /** Ends a connection without an owner. */
  refuse(): void {
    this.#held.remove(this);
    this.connection.drop();
  }
}

export class ControlLink extends RelayLink {
  readonly #parser = new ControlParser();
  #session: PeerSession | undefined;
  /** VERSION is the same in all revisions. */
  #minor = RELAY_MINOR_MIN;

  override get heldBytes(): number {
    return this.connection.pendingBytes + (this.hasEnded ? 0 : this.#parser.heldBytes);
  }

  override adopt(owner: RelayLinkOwner): void {
    this.#session = new PeerSession(
      this.store,
      this.peer,
      () => owner.onSettled(),
      (reason) => this.cutOff('invalid', reason),
    );
    super.adopt(owner);
  }

  protected override receive(bytes: Uint8Array, owner: RelayLinkOwner): void {
    const { frames, trouble } = this.#parser.push(bytes);
    for (const frame of frames) {
      const request = decodeRequest(frame, this.#minor);
      if (request.ok) owner.onRequest(request.value);
      else this.cutOff('invalid', request.error);
      if (this.hasEnded) return;
    }
    if (trouble !== undefined) this.cutOff('invalid', trouble);
  }

  protected override leave(): void {
    this.#session?.end();
  }

  /** Answers VERSION; later messages are of this revision. */
  agree(minor: number): void {
    this.#minor = minor;
    this.send(encodeReply('version', { major: RELAY_MAJOR, minor }, minor), REPLY_BYTES_MAX);
  }

  answer(request: SessionRequest): void {
    if (this.#session === undefined || this.hasEnded) return;
    const { reply, refusal } = answer(this.store, this.#session, request, this.#minor);
    if (refusal !== undefined) {
      const fields = { request: request.type, reason: refusal, peer: this.peer };
      this.world.log('relay.requestRefused', fields);
    }
    if (reply !== undefined) this.send(reply, REPLY_BYTES_MAX);
    else if (refusal !== undefined) this.cutOff('invalid', `${request.type}: ${refusal}`);
  }

  abandon(): void {
    this.world.log('relay.sessionAbandoned', { peer: this.peer });
    this.#session?.abandon();
  }
}

export class DataLink extends RelayLink {
  readonly #receiver = new PacketReceiver(this.store);
  readonly #parser = new DataParser(this.#receiver);

  override get heldBytes(): number {
    return 0;
  }

  protected override receive(bytes: Uint8Array): void {
    const trouble = this.#parser.push(bytes);
    if (trouble !== undefined) this.cutOff('invalid', trouble);
  }

  protected override leave(): void {
    this.#receiver.abort();
  }
}

function endOf(reason: CloseReason): LinkEnd {
  if (reason === 'local') return CLOSED_HERE;
  return {
    cause: reason === 'refused' ? 'reset' : reason,
    reason: 'the peer closed the connection',
  };
}
