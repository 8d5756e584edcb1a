/** A process that speaks to a relay as a consumer does, and breaks the protocol or asks for what it may not have. */
import type { TcpConnection } from '../../src/port/network.ts';
import { encodePacketHeader } from '../../src/wire/relay/data-frames.ts';
import { RELAY_OK } from '../../src/wire/relay/outcome.ts';
import {
  type AnsweredType,
  decodeReply,
  encodeRequest,
  type RelayRequest,
} from '../../src/wire/relay/requests.ts';
import { HOSTILE_NAME, type SenderLie } from '../input/attack.ts';
import { connectToRelay, type HostilePeer, oversized } from './relay-peer.ts';

const MINOR = 13;
const CREATED = 1_767_225_600n;
const NOISE_BYTES = 300;
/** Where the length is in the header of a request. */
const LENGTH_AT = 8;
const PACKET_BYTES = 100;
/** A handle that the relay has not given to a peer. */
const GUESSED = 42n;
const OUTSIDE = `../../../../tmp/${HOSTILE_NAME}`;

export function lieToRelay(peer: HostilePeer, relay: string, lie: SenderLie): void {
  if (lie === 'foreign-stream') {
    connectToRelay(peer, relay, 'data', (connection) => {
      const header = { stream: GUESSED, sequence: 0n, contentBytes: PACKET_BYTES, paddingBytes: 0 };
      connection.send(encodePacketHeader(header));
      connection.send(new Uint8Array(PACKET_BYTES));
    });
    return;
  }
  const dialogue = new Dialogue(peer);
  connectToRelay(
    peer,
    relay,
    'control',
    (connection) => begin(dialogue, connection, lie, peer),
    (bytes) => dialogue.hear(bytes),
  );
}

function begin(
  dialogue: Dialogue,
  connection: TcpConnection,
  lie: SenderLie,
  { world }: HostilePeer,
): void {
  const hello: RelayRequest = { type: 'version', major: 2, minor: MINOR };
  switch (lie) {
    case 'noise':
      return connection.send(world.random.bytes('noise', NOISE_BYTES));
    case 'half-message':
      return connection.send(encodeRequest(hello, MINOR).subarray(0, NOISE_BYTES / 10));
    case 'oversized':
      return connection.send(oversized(encodeRequest(hello, MINOR), LENGTH_AT));
    case 'outside':
      return dialogue.say(connection, [
        hello,
        session(OUTSIDE, ''),
        session(HOSTILE_NAME, OUTSIDE),
        session(HOSTILE_NAME, ''),
        { type: 'create-chunk', chunk: 0n, createdAtSeconds: CREATED },
        stream('..', 'ust'),
        stream('ch_0', OUTSIDE),
        stream('ch_0', '/tmp/ust'),
        stream(`${OUTSIDE}/ch_0`, 'ust'),
      ]);
    default:
      return dialogue.say(connection, [
        hello,
        session(HOSTILE_NAME, ''),
        { type: 'close-stream', stream: GUESSED, lastSequence: 0n },
        { type: 'data-pending', stream: GUESSED, lastSequence: 0n },
        { type: 'reset-metadata', stream: GUESSED, version: 1n },
      ]);
  }
}

/** Sends requests one after the other, and notes the answers. */
class Dialogue {
  readonly #peer: HostilePeer;
  #connection: TcpConnection | undefined;
  #requests: readonly RelayRequest[] = [];
  #received = new Uint8Array(0);

  constructor(peer: HostilePeer) {
    this.#peer = peer;
  }

  say(connection: TcpConnection, requests: readonly RelayRequest[]): void {
    this.#connection = connection;
    this.#requests = requests;
    this.#sendNext();
  }

  hear(bytes: Uint8Array): void {
    const [asked] = this.#requests;
    if (asked === undefined) return;
    const all = new Uint8Array(this.#received.byteLength + bytes.byteLength);
    all.set(this.#received);
    all.set(bytes, this.#received.byteLength);
    this.#received = all;
    const decoded = decodeReply(asked.type as AnsweredType, all, MINOR);
    if (!decoded.ok || decoded.value === undefined) return;
    const { reply, byteLength } = decoded.value;
    const isRefused = 'code' in reply && reply.code !== RELAY_OK;
    this.#peer.account.heard.push(`${asked.type} ${isRefused ? 'refused' : 'done'}`);
    this.#received = all.slice(byteLength);
    this.#requests = this.#requests.slice(1);
    this.#sendNext();
  }

  #sendNext(): void {
    const [next] = this.#requests;
    if (next !== undefined) this.#connection?.send(encodeRequest(next, MINOR));
  }
}

function session(name: string, basePath: string): RelayRequest {
  return {
    type: 'create-session',
    ...{ name, host: HOSTILE_NAME, liveTimerUs: 0, isSnapshot: false },
    origin: {
      sessiondUuid: '00000000-0000-4000-8000-00000000000a',
      sessionId: 3n,
      createdAtSeconds: CREATED,
      nameHasTime: false,
      basePath,
    },
  };
}

function stream(channel: string, path: string): RelayRequest {
  return { type: 'add-stream', channel, path, tracefileSize: 0n, tracefileCount: 0n, chunk: 0n };
}
