/**
 * A viewer's side of its connection: requests go out, and replies come in their order. A reply has no header: the
 * request that it answers says which layout it has.
 */
import { ok, type Result } from '../../base/result.ts';
import { LIVE_MINOR_MIN, LIVE_REPLY_BYTES_MAX } from './limits.ts';
import {
  decodeViewerReply,
  encodeViewerRequest,
  type ViewerReplyTo,
  type ViewerRequest,
  type ViewerRequestType,
} from './requests.ts';

export type ViewerRequestOf<Type extends ViewerRequestType> = Extract<
  ViewerRequest,
  { readonly type: Type }
>;

/** Sends a request; its reply comes later. */
export type AskRelay = <Type extends ViewerRequestType>(
  type: Type,
  request: Omit<ViewerRequestOf<Type>, 'type'>,
  onReply: (reply: ViewerReplyTo<Type>) => void,
) => void;

/** Decodes the reply at the start of the bytes; undefined: it is not complete. `take` hands it on. */
type ReadReply = (
  bytes: Uint8Array,
) => Result<{ readonly byteLength: number; readonly take: () => void } | undefined, string>;

const FIRST_BYTES = 64 * 1024;

export class ViewerConversation {
  /** The revision that both sides agreed on; CONNECT is the same in all. */
  minor = LIVE_MINOR_MIN;
  /** The replies that are owed, in order. The sender of requests bounds them. */
  readonly #owed: ReadReply[] = [];
  /** The bytes of the reply that is not complete, at the start of a buffer that grows by doubling. */
  #buffer = new Uint8Array(FIRST_BYTES);
  #heldBytes = 0;
  #replies = 0;
  #hasEnded = false;

  /** Whether a reply has not come yet. */
  get isOwed(): boolean {
    return this.#owed.length > 0;
  }

  /** Replies so far. */
  get replies(): number {
    return this.#replies;
  }

  /** The bytes of a request. */
  ask<Type extends ViewerRequestType>(
    type: Type,
    request: Omit<ViewerRequestOf<Type>, 'type'>,
    onReply: (reply: ViewerReplyTo<Type>) => void,
  ): Uint8Array {
    this.#owed.push((bytes) => {
      const decoded = decodeViewerReply(type, bytes, this.minor);
      if (!decoded.ok || decoded.value === undefined) return decoded.ok ? ok(undefined) : decoded;
      const { reply, byteLength } = decoded.value;
      return ok({ byteLength, take: () => onReply(reply) });
    });
    return encodeViewerRequest({ type, ...request } as ViewerRequest, this.minor);
  }

  /** Takes received bytes, split anywhere. Returns why the rest cannot be decoded: one clause. */
  receive(bytes: Uint8Array): string | undefined {
    if (this.#hasEnded) return undefined;
    this.#hold(bytes);
    let at = 0;
    while (at < this.#heldBytes) {
      const read = this.#owed[0];
      if (read === undefined) return 'bytes came that answer nothing';
      const reply = read(this.#buffer.subarray(at, this.#heldBytes));
      if (!reply.ok) return reply.error;
      if (reply.value === undefined) break;
      this.#owed.shift();
      this.#replies += 1;
      at += reply.value.byteLength;
      reply.value.take();
      if (this.#hasEnded) return undefined;
    }
    this.#buffer.copyWithin(0, at, this.#heldBytes);
    this.#heldBytes -= at;
    return this.#heldBytes > LIVE_REPLY_BYTES_MAX ? 'a reply is too long' : undefined;
  }

  /** Nothing more is decoded. */
  end(): void {
    this.#hasEnded = true;
    this.#owed.length = 0;
    this.#buffer = new Uint8Array(0);
  }

  #hold(bytes: Uint8Array): void {
    const needed = this.#heldBytes + bytes.byteLength;
    if (needed > this.#buffer.byteLength) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.byteLength));
      grown.set(this.#buffer.subarray(0, this.#heldBytes));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#heldBytes);
    this.#heldBytes = needed;
  }
}
