/** A recorded session of our network sink, sent again over real sockets as a session of its own. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeReply } from '../../../src/wire/relay/requests.ts';
import { readExchange } from '../../fuzz/exchange.ts';
import {
  framesOf,
  inOtherSession,
  type RecordedReply,
  translated,
} from '../../fuzz/relay-frames.ts';
import type { OurRelay } from './relayd.ts';

/** Events that the recorded session has. */
export const REPLAYED_EVENTS = 180;

/** Resolves when the relay has answered the last message; it has every event by then. */
export async function replaySession(
  { controlPort, dataPort }: Pick<OurRelay, 'controlPort' | 'dataPort'>,
  number: number,
): Promise<void> {
  const frames = inOtherSession(framesOf(readExchange('relay-sink')), number);
  const ends = new Map<number, PeerEnd>();
  const given = new Map<bigint, bigint>();
  for (const frame of frames) {
    const { connection, kind, answered } = frame;
    if (kind === 'live') throw new Error('no viewer is in this exchange');
    const end =
      ends.get(connection) ?? (await PeerEnd.open(kind === 'control' ? controlPort : dataPort));
    ends.set(connection, end);
    end.send(translated(frame.bytes, given));
    if (answered === undefined) continue;
    const reply = await end.reply(answered);
    if (answered.type === 'add-stream')
      given.set(answered.bytes.readBigUInt64BE(), reply.readBigUInt64BE());
  }
  for (const end of ends.values()) end.close();
}

class PeerEnd {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #wake = (): void => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // Its close follows, which ends the wait for a reply.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#wake());
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
  }

  static async open(port: number): Promise<PeerEnd> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new PeerEnd(socket);
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next reply, which is to the same message as the recorded one. */
  async reply({ type, minor }: RecordedReply): Promise<Buffer> {
    for (;;) {
      const decoded = decodeReply(type, this.#received, minor);
      if (!decoded.ok) throw new Error(decoded.error);
      if (decoded.value !== undefined) {
        const { byteLength } = decoded.value;
        const reply = this.#received.subarray(0, byteLength);
        this.#received = this.#received.subarray(byteLength);
        return reply;
      }
      if (this.#socket.destroyed) throw new Error('the relay ended the connection');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
