/**
 * One connection, as messages. The codec of its protocol reads and writes the bytes. The link cuts off a peer that
 * sends invalid bytes or does not read: the connection ends at once, the log names the reason and the peer's
 * credentials, and the owner gets the reason when the connection has closed.
 */
import type { Credentials } from '../../port/identity.ts';
import type { OsResult } from '../../port/os-error.ts';
import type { CloseReason, Connection } from '../../port/unix-sockets.ts';
import type { World } from '../../port/world.ts';
import type { Codec, Protocol } from '../../wire/codec.ts';
import { SEND_QUEUE_BYTES_MAX } from '../../wire/limits.ts';
import type { WireClosed } from '../contract/wire.ts';
import type { HeldBytes, Holder } from './held-bytes.ts';

export type LinkEnd = Pick<WireClosed, 'cause' | 'reason'>;

export interface LinkOwner {
  onMessage(message: unknown): void;
  /** The last call. */
  onClosed(end: LinkEnd): void;
}

export const CLOSED_HERE: LinkEnd = { cause: 'local', reason: 'closed on this side' };

export class Link implements Holder {
  readonly #world: Pick<World, 'log'>;
  readonly #connection: Connection;
  readonly #protocol: Protocol;
  readonly #held: HeldBytes;
  #codec: Codec;
  #isAdopted = false;
  /** Why we ended the connection. */
  #end: LinkEnd | undefined;

  constructor(
    world: Pick<World, 'log'>,
    connection: Connection,
    protocol: Protocol,
    held: HeldBytes,
  ) {
    this.#world = world;
    this.#connection = connection;
    this.#protocol = protocol;
    this.#held = held;
    this.#codec = protocol.open();
    held.add(this);
  }

  get isAdopted(): boolean {
    return this.#isAdopted;
  }

  get heldBytes(): number {
    return this.#connection.pendingBytes + this.#codec.heldBytes;
  }

  peer(): OsResult<Credentials> {
    return this.#connection.peer();
  }

  /** Starts to receive; the caller calls this once. */
  adopt(owner: LinkOwner): void {
    this.#isAdopted = true;
    this.#connection.start({
      onData: (bytes) => this.#receive(bytes, owner),
      onClose: (reason) => {
        this.#held.remove(this);
        owner.onClosed(this.#end ?? endOf(reason));
      },
    });
  }

  #receive(bytes: Uint8Array, owner: LinkOwner): void {
    if (this.#end !== undefined) return;
    const { messages, trouble } = this.#codec.decode(bytes);
    for (const message of messages) {
      owner.onMessage(message);
      // The owner may have closed the connection, or its own messages may have overflowed the queue.
      if (this.#end !== undefined) return;
    }
    if (trouble === undefined) this.#held.limit(this);
    else this.cutOff('invalid', trouble);
  }

  send(message: unknown): void {
    if (this.#end !== undefined) return;
    const bytes = this.#codec.encode(message);
    if (!bytes.ok) {
      this.cutOff('overflow', bytes.error);
      return;
    }
    this.#connection.send(bytes.value);
    if (this.#connection.pendingBytes > SEND_QUEUE_BYTES_MAX) {
      this.cutOff(
        'overflow',
        `more than ${SEND_QUEUE_BYTES_MAX} bytes wait for a peer that does not read`,
      );
    } else this.#held.limit(this);
  }

  cutOff(cause: 'invalid' | 'overflow', reason: string): void {
    const peer = this.#connection.peer();
    this.#world.log('peer.cutOff', { cause, reason, ...(peer.ok ? peer.value : {}) });
    this.#end = { cause, reason };
    this.#connection.drop();
    this.#codec = this.#protocol.open();
    this.#held.count(this);
  }

  /** Sends what is queued, then ends. A connection that was never adopted reports nothing. */
  close(): void {
    this.#end ??= CLOSED_HERE;
    if (!this.#isAdopted) this.#held.remove(this);
    this.#connection.close();
  }
}

/** How a connection ended that we did not cut off. */
export function endOf(reason: CloseReason): LinkEnd {
  if (reason === 'local') return CLOSED_HERE;
  return {
    cause: reason === 'refused' ? 'reset' : reason,
    reason: 'the peer closed the connection',
  };
}
