/**
 * What a protocol is to the code that moves bytes. A connection has one codec: it makes messages of the bytes that
 * arrive and bytes of the messages that leave. What a frame looks like, and what bounds it, only the codec knows.
 *
 * Both directions are one object, since in some protocols one explains the other: a reply of LTTng's relay daemon has
 * no header, so only a codec that saw the command leave can tell what arrives, and the versions that both sides named
 * decide how the messages after them are laid out.
 */
import type { Result } from '../base/result.ts';

/** What some bytes completed, in order. After `trouble`, one sentence, the rest of the stream has no meaning. */
export interface Decoded<Received = unknown> {
  readonly messages: readonly Received[];
  readonly trouble?: string;
}

/** One side of one connection. */
export interface Codec<Received = unknown, Sent = unknown> {
  /** Bytes that it keeps of a message that is not whole: never more than the longest message has. */
  readonly heldBytes: number;
  /** Takes what arrived, cut anywhere. It keeps no reference to `bytes`, and throws for none. */
  decode(bytes: Uint8Array): Decoded<Received>;
  /** The bytes of a message, or one sentence when it is longer than the protocol allows. */
  encode(message: Sent): Result<Uint8Array, string>;
}

/** One side of a protocol. */
export interface Protocol<Received = unknown, Sent = unknown> {
  /** The codec of a new connection. */
  open(): Codec<Received, Sent>;
}
