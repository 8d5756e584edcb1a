/**
 * Interface between a protocol and the code that moves bytes. Each connection has one codec: it decodes received bytes
 * to messages and encodes messages to bytes. Only the codec knows the form and the bounds of frames.
 *
 * One object handles both directions, since in some protocols one depends on the other: a reply of LTTng's relay daemon
 * has no header, so only a codec that encoded the command can decode the reply, and the versions that both sides sent
 * decide the layout of the messages after them.
 */
import type { Result } from '../base/result.ts';

/** The completed messages, in order. `trouble` is one sentence: the rest of the stream cannot be decoded. */
export interface Decoded<Received = unknown> {
  readonly messages: readonly Received[];
  readonly trouble?: string;
}

/** One side of one connection. */
export interface Codec<Received = unknown, Sent = unknown> {
  /** Bytes kept of an incomplete message: at most the length of the longest message. */
  readonly heldBytes: number;
  /** Decodes received bytes, split anywhere. It keeps no reference to `bytes` and never throws. */
  decode(bytes: Uint8Array): Decoded<Received>;
  /** The bytes of a message, or one sentence if it is longer than the protocol allows. */
  encode(message: Sent): Result<Uint8Array, string>;
}

/** One side of a protocol. */
export interface Protocol<Received = unknown, Sent = unknown> {
  /** The codec of a new connection. */
  open(): Codec<Received, Sent>;
}
