/** The codec of our own protocols: frames of MessagePack (`frames.ts`), checked against the receiver's schema. */
import type { InferOutput } from 'valibot';
import type { Result } from '../base/result.ts';
import type { Codec, Decoded, Protocol } from './codec.ts';
import { decodeBody, encodeFrame, FrameParser, type MessageSchema } from './frames.ts';

export interface MessagePackProtocol<S extends MessageSchema<unknown>>
  extends Protocol<InferOutput<S>> {
  /** Schema of the messages that this side accepts. */
  readonly schema: S;
}

export function messagePack<S extends MessageSchema<unknown>>(schema: S): MessagePackProtocol<S> {
  return { schema, open: () => new MessagePackCodec<InferOutput<S>>(schema) };
}

class MessagePackCodec<Received> implements Codec<Received> {
  readonly #schema: MessageSchema<Received>;
  readonly #parser = new FrameParser();

  constructor(schema: MessageSchema<Received>) {
    this.#schema = schema;
  }

  get heldBytes(): number {
    return this.#parser.heldBytes;
  }

  decode(bytes: Uint8Array): Decoded<Received> {
    const { bodies, trouble } = this.#parser.push(bytes);
    const messages: Received[] = [];
    for (const body of bodies) {
      const message = decodeBody(body, this.#schema);
      if (!message.ok) return { messages, trouble: message.error };
      messages.push(message.value);
    }
    return trouble === undefined ? { messages } : { messages, trouble };
  }

  encode(message: unknown): Result<Uint8Array, string> {
    return encodeFrame(message);
  }
}
