/** A peer of any relay daemon over real sockets: one session with one stream, and packets as fast as they go. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { encodePacketHeader } from '../../src/wire/relay/data-frames.ts';
import {
  type AnsweredType,
  decodeReply,
  encodeRequest,
  type RelayRequest,
  type ReplyTo,
} from '../../src/wire/relay/requests.ts';
import { must } from './must.ts';

/** The revision of LTTng 2.13, which every relay of interest speaks. */
const MINOR = 13;
const PATH = 'ust/uid/1000/64-bit';
const POLL_MS = 2;

export class RelayPeer {
  readonly #control: Socket;
  readonly #data: Socket;
  #received: Uint8Array = new Uint8Array(0);
  #stream = 0n;
  #sequence = 0n;

  private constructor(control: Socket, data: Socket) {
    this.#control = control;
    this.#data = data;
  }

  /** Connects, and creates a session with one stream. */
  static async open(controlPort: number, dataPort: number, name: string): Promise<RelayPeer> {
    const [control, data] = await Promise.all([connected(controlPort), connected(dataPort)]);
    const peer = new RelayPeer(control, data);
    await peer.ask({ type: 'version', major: 2, minor: MINOR });
    await peer.ask({
      type: 'create-session',
      name,
      host: 'box',
      liveTimerUs: 0,
      isSnapshot: false,
      origin: {
        sessiondUuid: '00000000-0000-4000-8000-00000000000a',
        sessionId: BigInt(process.pid) * 1_000_000n + sessions++,
        createdAtSeconds: 1_767_225_600n,
        nameHasTime: false,
        basePath: '',
      },
    });
    await peer.ask({ type: 'create-chunk', chunk: 0n, createdAtSeconds: 1_767_225_600n });
    const stream = { channel: 'ch_0', path: PATH, tracefileSize: 0n, tracefileCount: 0n };
    peer.#stream = (await peer.ask({ type: 'add-stream', ...stream, chunk: 0n })).stream;
    return peer;
  }

  /** Sends packets of these bytes and their indexes, and waits until the relay has stored all of them. */
  async stream(packet: Uint8Array, count: number): Promise<void> {
    for (let sent = 0; sent < count; sent++) {
      this.#data.write(
        encodePacketHeader({
          stream: this.#stream,
          sequence: this.#sequence,
          contentBytes: packet.byteLength,
          paddingBytes: 0,
        }),
      );
      if (!this.#data.write(packet)) await once(this.#data, 'drain');
      await this.#index(packet.byteLength);
    }
    const last = { type: 'data-pending', stream: this.#stream, lastSequence: this.#sequence - 1n };
    while ((await this.ask({ ...last, type: 'data-pending' })).code === 1) await pass(POLL_MS);
  }

  async ask<Request extends RelayRequest & { readonly type: AnsweredType }>(
    request: Request,
  ): Promise<ReplyTo<Request['type']>> {
    this.#control.write(encodeRequest(request, MINOR));
    for (;;) {
      const reply = must(decodeReply<Request['type']>(request.type, this.#received, MINOR));
      if (reply !== undefined) {
        this.#received = this.#received.slice(reply.byteLength);
        return reply.reply;
      }
      const [bytes] = (await once(this.#control, 'data')) as [Buffer];
      this.#received = Buffer.concat([this.#received, bytes]);
    }
  }

  async end(): Promise<void> {
    await this.ask({
      type: 'close-stream',
      stream: this.#stream,
      lastSequence: this.#sequence - 1n,
    });
    for (const socket of [this.#control, this.#data]) socket.destroy();
  }

  async #index(bytes: number): Promise<void> {
    const sequence = this.#sequence;
    this.#sequence += 1n;
    await this.ask({
      type: 'send-index',
      stream: this.#stream,
      sequence,
      packetBits: BigInt(8 * bytes),
      contentBits: BigInt(8 * bytes),
      timestampBegin: sequence,
      timestampEnd: sequence,
      eventsDiscarded: 0n,
      streamClass: 0n,
      streamInstance: 0n,
      packetNumber: sequence,
    });
  }
}

let sessions = 1n;

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}
