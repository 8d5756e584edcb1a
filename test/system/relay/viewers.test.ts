/**
 * A relay with its peers and viewers on a simulated network: a viewer that breaks the protocol, sends nothing or does
 * not read is cut off, while the session and another viewer go on.
 */
import { expect, it } from 'vitest';
import { startRelayd } from '../../../actors/programs/relayd.ts';
import { NEGOTIATION_MS_MAX } from '../../../actors/relayd/limits.ts';
import { Network } from '../../../sim/machine/net/network.ts';
import { Scheduler, Simulation } from '../../../sim/machine/simulation.ts';
import type { TcpConnection } from '../../../src/port/network.ts';
import type { World } from '../../../src/port/world.ts';
import { VIEWER_REPLY_BYTES_MAX } from '../../../src/relay/limits.ts';
import { LIVE_DATA_BYTES_MAX } from '../../../src/wire/live/limits.ts';
import {
  decodeViewerReply,
  encodeViewerRequest,
  type ViewerReplyTo,
  type ViewerRequest,
} from '../../../src/wire/live/requests.ts';
import { encodePacketHeader } from '../../../src/wire/relay/data-frames.ts';
import { decodeReply, encodeRequest, type RelayRequest } from '../../../src/wire/relay/requests.ts';
import { createSession } from '../../support/relay/relay-client.ts';
import { must } from '../../support/ring/memory.ts';

const RELAY = '10.0.0.1';
const PORTS = { control: 5342, data: 5343, live: 5344 } as const;
const MINOR = 13;

/** A connection to the relay, and what came on it. */
class Peer {
  readonly connection: TcpConnection;
  received: Uint8Array = new Uint8Array(0);
  reason = '';

  constructor(connection: TcpConnection) {
    this.connection = connection;
    connection.start({
      onData: (bytes) => {
        this.received = Buffer.concat([this.received, bytes]);
      },
      onClose: (reason) => {
        this.reason = reason;
      },
    });
  }
}

class Site {
  readonly scheduler = new Scheduler(1);
  readonly #client: World;

  constructor() {
    const network = new Network();
    const user = { name: 'alice', uid: 1000, gid: 1000, groups: [] };
    const host = (name: string, address: string): World =>
      new Simulation({
        scheduler: this.scheduler,
        name,
        network: { of: network, addresses: [address] },
        users: [user],
        groups: {},
        programs: {},
      }).login('alice').world;
    this.#client = host('client', '10.0.0.2');
    const listeners = (['control', 'data', 'live'] as const).map((listener) => ({
      listener,
      address: { host: RELAY, port: PORTS[listener] },
    }));
    const output = '/home/alice/traces';
    const options = { listeners, output, grouping: 'host', isClearAllowed: true } as const;
    startRelayd(host('relay', RELAY), options);
    this.pass(1000);
  }

  pass(ms: number): void {
    this.scheduler.run({ forMs: ms });
  }

  connect(to: keyof typeof PORTS): Peer {
    const made: Peer[] = [];
    this.#client.network.connect({ host: RELAY, port: PORTS[to] }, (outcome) => {
      made.push(new Peer(must(outcome)));
    });
    this.pass(1000);
    const [peer] = made;
    if (peer === undefined) throw new Error('no connection');
    return peer;
  }

  view<Request extends ViewerRequest>(
    peer: Peer,
    request: Request,
  ): ViewerReplyTo<Request['type']> {
    peer.received = new Uint8Array(0);
    peer.connection.send(encodeViewerRequest(request, MINOR));
    this.pass(2000);
    const decoded = must(decodeViewerReply<Request['type']>(request.type, peer.received, MINOR));
    if (decoded === undefined) throw new Error(`no reply to ${request.type}`);
    return decoded.reply;
  }

  /** A viewer that is attached to the first session, from its beginning. */
  viewer(): Peer {
    const peer = this.connect('live');
    this.view(peer, { type: 'connect', viewer: 0n, major: 2, minor: MINOR, purpose: 1 });
    this.view(peer, { type: 'create-viewer' });
    const attach = { type: 'attach', session: 1n, offset: 0n, seek: 'beginning' } as const;
    expect(this.view(peer, attach).status).toBe('ok');
    return peer;
  }

  /** A live session with one stream; returns what sends a packet of a mebibyte in it. */
  record(): (sequence: number) => void {
    const [control, data] = [this.connect('control'), this.connect('data')];
    const ask = (request: RelayRequest): Uint8Array => {
      control.received = new Uint8Array(0);
      control.connection.send(encodeRequest(request, MINOR));
      this.pass(1000);
      return control.received;
    };
    ask({ type: 'version', major: 2, minor: MINOR });
    ask({ ...createSession, liveTimerUs: 1 });
    ask({ type: 'create-chunk', chunk: 0n, createdAtSeconds: 1n });
    const none = { tracefileSize: 0n, tracefileCount: 0n, chunk: 0n };
    const added = ask({ type: 'add-stream', channel: 'ch_0', path: 'ust', ...none });
    const stream = must(decodeReply('add-stream', added, MINOR))?.reply.stream ?? 0n;
    ask({ type: 'streams-sent' });
    return (number) => {
      const sequence = BigInt(number);
      const sizes = { contentBytes: LIVE_DATA_BYTES_MAX, paddingBytes: 0 };
      data.connection.send(encodePacketHeader({ stream, sequence, ...sizes }));
      data.connection.send(new Uint8Array(LIVE_DATA_BYTES_MAX).fill(1 + number));
      const bits = BigInt(8 * LIVE_DATA_BYTES_MAX);
      const times = { timestampBegin: sequence, timestampEnd: sequence, eventsDiscarded: 0n };
      const rest = { streamClass: 0n, streamInstance: 0n, packetNumber: sequence };
      const sizesInBits = { packetBits: bits, contentBits: bits };
      ask({ type: 'send-index', stream, sequence, ...sizesInBits, ...times, ...rest });
      this.pass(5000);
      expect([control.reason, data.reason]).toEqual(['', '']);
    };
  }
}

const PACKET = { type: 'get-packet', stream: 1n, offset: 0n, byteLength: 100 } as const;
const INDEX = { type: 'get-next-index', stream: 1n } as const;

it('a viewer that breaks the protocol is cut off, the others go on', () => {
  const site = new Site();
  const add = site.record();
  const [good, bad, silent, early] = [site.viewer(), site.viewer(), ...unknownTo(site)];
  add(0);
  bad.connection.send(new Uint8Array(64).fill(0xff));
  early.connection.send(encodeViewerRequest({ type: 'list-sessions' }, MINOR));
  site.pass(NEGOTIATION_MS_MAX + 5000);
  expect([bad, silent, early].map(({ reason }) => reason === '')).toEqual([false, false, false]);
  expect(site.view(good, INDEX)).toMatchObject({ status: 'ok', timestampBegin: 0n });
  expect(site.view(good, PACKET).content).toEqual(new Uint8Array(100).fill(1));
  add(1);
  expect(site.view(good, INDEX)).toMatchObject({ status: 'ok', timestampBegin: 1n });
  const [session] = site.view(good, { type: 'list-sessions' }).sessions;
  expect(session).toMatchObject({ viewers: 1, streams: 1 });
});

it('a viewer that does not read its replies is cut off past the bound', () => {
  const site = new Site();
  const add = site.record();
  const [slow, good] = [site.viewer(), site.viewer()];
  add(0);
  site.view(slow, INDEX);
  slow.connection.pause();
  const whole = encodeViewerRequest({ ...PACKET, byteLength: LIVE_DATA_BYTES_MAX }, MINOR);
  const count = VIEWER_REPLY_BYTES_MAX / LIVE_DATA_BYTES_MAX;
  for (let sent = 0; sent < count - 1; sent++) slow.connection.send(whole);
  site.pass(5000);
  slow.connection.resume();
  site.pass(60_000);
  expect(slow.reason).toBe('');
  slow.connection.pause();
  for (let sent = 0; sent < 4 * count; sent++) slow.connection.send(whole);
  site.pass(5000);
  slow.connection.resume();
  site.pass(60_000);
  expect(slow.reason).not.toBe('');
  expect(site.view(good, INDEX).status).toBe('ok');
});

/** Two viewers that have not said their version. */
function unknownTo(site: Site): [Peer, Peer] {
  return [site.connect('live'), site.connect('live')];
}
