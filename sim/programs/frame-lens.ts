/** A lens on one connection: changes the frames that it sends and receives. */
import { joined } from '../../src/base/bytes.ts';
import type { Connection } from '../../src/port/unix-sockets.ts';
import { decodeFrame, encodeFrame, FrameParser, frameOf } from '../../src/wire/frames.ts';

/** Returns the message that replaces a message; undefined: the message is dropped. */
export type Change = (message: unknown) => unknown;

/** The connection with its sent (`said`) and received (`heard`) messages changed; others pass unchanged. */
export function throughFrames(
  connection: Connection,
  { said, heard }: { readonly said?: Change; readonly heard?: Change },
): Connection {
  return {
    peer() {
      return connection.peer();
    },
    get pendingBytes() {
      return connection.pendingBytes;
    },
    start: (listener) => {
      const parser = new FrameParser();
      connection.start({
        onData: (bytes) => {
          if (heard === undefined) {
            listener.onData(bytes);
            return;
          }
          for (const body of parser.push(bytes).bodies) {
            const frame = changed(frameOf(body), heard);
            if (frame !== undefined) listener.onData(frame);
          }
        },
        onClose: (reason) => listener.onClose(reason),
      });
    },
    send: (...parts) => {
      const frame = said === undefined ? joined(parts) : changed(joined(parts), said);
      if (frame !== undefined) connection.send(frame);
    },
    close: () => connection.close(),
    drop: () => connection.drop(),
  };
}

function changed(frame: Uint8Array, change: Change): Uint8Array | undefined {
  const message = decodeFrame(frame);
  const other = change(message);
  if (other === message) return frame;
  const encoded = other === undefined ? undefined : encodeFrame(other);
  return encoded?.ok === true ? encoded.value : undefined;
}
