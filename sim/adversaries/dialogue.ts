/** The dialogue of a hostile process: it may send values that are no messages, and records the messages it receives. */
import type { Connection } from '../../src/port/unix-sockets.ts';
import { decodeFrame, FrameParser } from '../../src/wire/frames.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { encodeRaw, frame, rawValueOf } from './raw-msgpack.ts';

export interface DialogueHandlers {
  readonly onMessage?: (message: { readonly type?: unknown }) => void;
  readonly onClose?: () => void;
}

/** Records the messages of the peer. */
export function hear(
  connection: Connection,
  account: AdversaryAccount,
  { onMessage, onClose = () => undefined }: DialogueHandlers = {},
): void {
  const parser = new FrameParser();
  connection.start({
    onData: (bytes) => {
      for (const body of parser.push(bytes).bodies) {
        const message = decodeFrame(new Uint8Array([0, 0, 0, 0, ...body])) as { type?: unknown };
        account.heard.push(String(message.type));
        onMessage?.(message);
      }
    },
    onClose,
  });
}

export function say(connection: Connection, message: unknown): void {
  connection.send(frame(encodeRaw(rawValueOf(message))));
}
