/** What a peer of a relay sends and gets, without connections: requests and packets in, replies and files out. */
import { RELAY_STREAMS_MAX } from '../../../actors/relayd/limits.ts';
import { Simulation } from '../../../sim/machine/simulation.ts';
import { readFully } from '../../../src/port/read-fully.ts';
import type { World } from '../../../src/port/world.ts';
import { type Answer, answer, type SessionRequest } from '../../../src/relay/answer.ts';
import { PacketReceiver } from '../../../src/relay/packets.ts';
import { PeerSession } from '../../../src/relay/session.ts';
import { RelayStore, type StoreOptions } from '../../../src/relay/store.ts';
import { DataParser, encodePacketHeader } from '../../../src/wire/relay/data-frames.ts';
import {
  type AnsweredType,
  decodeReply,
  type ReplyTo,
  type RequestOf,
} from '../../../src/wire/relay/requests.ts';
import { must } from '../ring/memory.ts';

export const OUTPUT = '/home/alice/traces';
const CREATED = 1_767_225_600n;

/** A machine with one user. */
export function aliceMachine(): Simulation {
  return new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
}

/** The same, as its user sees it. */
export function aliceWorld(): World {
  return aliceMachine().login('alice').world;
}

export function openStore(world: World, options: Partial<StoreOptions> = {}): RelayStore {
  return must(
    RelayStore.open(world, {
      output: OUTPUT,
      grouping: 'host',
      isClearAllowed: true,
      streamsMax: RELAY_STREAMS_MAX,
      ...options,
    }),
  );
}

export const createSession = {
  type: 'create-session',
  name: 'web',
  host: 'box',
  liveTimerUs: 0,
  isSnapshot: false,
  origin: {
    sessiondUuid: '00000000-0000-4000-8000-00000000000a',
    sessionId: 3n,
    createdAtSeconds: CREATED,
    nameHasTime: false,
    basePath: '',
  },
} as const satisfies SessionRequest;

/** One control connection and one data connection. */
export class RelayPeer {
  readonly #store: RelayStore;
  readonly #session: PeerSession;
  readonly #receiver: PacketReceiver;
  readonly #data: DataParser;
  readonly minor: number;
  settled = 0;
  /** Why its datagrams are a reason to cut it off. */
  broken: string | undefined;

  constructor(store: RelayStore, minor = 13, address = '10.0.0.2') {
    this.#store = store;
    this.minor = minor;
    this.#session = new PeerSession(
      store,
      address,
      () => {
        this.settled += 1;
      },
      (reason) => {
        this.broken = reason;
      },
    );
    this.#receiver = new PacketReceiver(store);
    this.#data = new DataParser(this.#receiver);
  }

  answer(request: SessionRequest): Answer {
    return answer(this.#store, this.#session, request, this.minor);
  }

  /** The reply, which must be well formed. */
  ask<Request extends SessionRequest & { readonly type: AnsweredType }>(
    request: Request,
  ): ReplyTo<Request['type']> {
    const { reply } = this.answer(request);
    if (reply === undefined) throw new Error(`no reply to ${request.type}`);
    const decoded = must(decodeReply<Request['type']>(request.type, reply, this.minor));
    if (decoded?.byteLength !== reply.byteLength) throw new Error('the reply has another length');
    return decoded.reply;
  }

  chunk(chunk: bigint, createdAtSeconds = CREATED + chunk): ReplyTo<'create-chunk'> {
    return this.ask({ type: 'create-chunk', chunk, createdAtSeconds });
  }

  /** Adds a stream; returns its handle. */
  stream(fields: Partial<RequestOf<'add-stream'>> = {}): bigint {
    const { stream, code } = this.ask({
      type: 'add-stream',
      channel: 'ch_0',
      path: 'ust/uid/1000/64-bit',
      tracefileSize: 0n,
      tracefileCount: 0n,
      ...(this.minor >= 11 ? { chunk: 0n } : {}),
      ...fields,
    });
    if (code !== 10) throw new Error(`the stream was refused: ${code}`);
    return stream;
  }

  /** Sends a packet whose bytes are all `fill`; returns why the connection is to be cut off. */
  packet(
    stream: bigint,
    sequence: number,
    fill: number,
    size: { readonly content?: number; readonly padding?: number } = {},
  ): string | undefined {
    const { content = 8, padding = 0 } = size;
    return this.send(
      encodePacketHeader({
        stream,
        sequence: BigInt(sequence),
        contentBytes: content,
        paddingBytes: padding,
      }),
      new Uint8Array(content).fill(fill),
    );
  }

  send(...parts: readonly Uint8Array[]): string | undefined {
    for (const part of parts) {
      const trouble = this.#data.push(part);
      if (trouble !== undefined) return trouble;
    }
    return undefined;
  }

  /** Sends the index of a packet; its begin timestamp is the packet's number. */
  index(stream: bigint, sequence: number | bigint): number {
    const index = {
      type: 'send-index',
      stream,
      sequence: BigInt(sequence),
      packetBits: 64n,
      contentBits: 64n,
      timestampBegin: BigInt(sequence),
      timestampEnd: BigInt(sequence),
      eventsDiscarded: 0n,
      streamClass: 0n,
      ...(this.minor >= 8 ? { streamInstance: 0n, packetNumber: BigInt(sequence) } : {}),
    } as const;
    return this.ask(index).code;
  }

  endData(): void {
    this.#receiver.abort();
  }

  endControl(): void {
    this.#session.end();
  }

  abandon(): void {
    this.#session.abandon();
  }
}

/** Every file below the output directory: its bytes in hexadecimal, of an index file the entries' offset and packet. */
export function storedFiles(world: World): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (directory: string): void => {
    for (const name of must(world.files.list(directory))) {
      const path = `${directory}/${name}`;
      if (must(world.files.info(path)).kind === 'directory') visit(path);
      else found[path.slice(OUTPUT.length + 1)] = contentOf(world, path);
    }
  };
  visit(OUTPUT);
  return found;
}

function contentOf(world: World, path: string): string {
  const file = must(world.files.open(path, 'read'));
  const bytes = new Uint8Array(must(file.byteLength()));
  must(readFully(file, bytes, 0));
  file.close();
  if (!path.endsWith('.idx')) return Buffer.from(bytes).toString('hex');
  const view = new DataView(bytes.buffer);
  const entries: string[] = [];
  for (let at = 16; at < bytes.byteLength; at += 72) {
    entries.push(`${view.getBigUint64(at)}:${view.getBigUint64(at + 24)}`);
  }
  return entries.join(' ');
}
