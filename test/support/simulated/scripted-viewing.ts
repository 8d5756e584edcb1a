/**
 * A relay with one live session, on a simulated host, that a script makes lie to viewers. Without lies it has a trace
 * with one packet, after which the session ends.
 */
import { Network } from '../../../sim/machine/net/network.ts';
import { Scheduler, Simulation } from '../../../sim/machine/simulation.ts';
import { encodeUtf8 } from '../../../src/base/utf8.ts';
import type { TcpConnection } from '../../../src/port/network.ts';
import type { World } from '../../../src/port/world.ts';
import { ViewerParser } from '../../../src/wire/live/frames.ts';
import type { NextIndexReply } from '../../../src/wire/live/next-index.ts';
import {
  decodeViewerRequest,
  encodeViewerReply,
  type ViewerRequest,
} from '../../../src/wire/live/requests.ts';
import type { ListedStream } from '../../../src/wire/live/streams.ts';
import { declaration, METADATA, packetOf } from '../relay/live-trace.ts';
import { must } from '../ring/memory.ts';

const MINOR = 4;
const NO_NEWS = { hasNewMetadata: false, hasNewStreams: false };
export const PACKET = packetOf(
  [1, 2, 3].map((n) => ({ timeNs: BigInt(n), n, id: 0 })),
  0,
);
export const INDEX: NextIndexReply = {
  ...NO_NEWS,
  status: 'ok',
  offset: 0n,
  packetBits: BigInt(8 * PACKET.byteLength),
  contentBits: BigInt(8 * PACKET.byteLength),
  timestampBegin: 1n,
  timestampEnd: 3n,
  eventsDiscarded: 0n,
  streamClass: 0n,
};
const METADATA_STREAM: ListedStream = {
  stream: 1n,
  trace: 1n,
  isMetadata: true,
  path: 'ust',
  channel: 'metadata',
};
export const STREAM: ListedStream = {
  ...METADATA_STREAM,
  stream: 2n,
  isMetadata: false,
  channel: 'ch_0',
};

/** The bytes of a reply; 'silence': none; undefined: what is right. `count`: how often it was asked so before. */
export type Lie = (request: ViewerRequest, count: number) => Uint8Array | 'silence' | undefined;

export class ScriptedViewing {
  readonly network = new Network();
  readonly scheduler: Scheduler;
  readonly simulation: Simulation;

  constructor(seed: number, lie: Lie = () => undefined) {
    this.scheduler = new Scheduler(seed);
    this.simulation = new Simulation({
      scheduler: this.scheduler,
      name: 'store',
      network: { of: this.network, addresses: ['10.0.0.2'] },
      users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
      groups: {},
      programs: { relay: (world) => serve(world, lie) },
    });
    this.simulation.spawn('alice', 'relay');
    this.pass(500);
  }

  pass(ms: number): void {
    this.scheduler.run({ forMs: ms });
  }
}

function serve(world: World, lie: Lie): void {
  const address = { host: '0.0.0.0', port: 5344 };
  world.network.listen(address, (connection) => answer(connection, lie), must);
}

function answer(connection: TcpConnection, lie: Lie): void {
  const parser = new ViewerParser();
  const counts = new Map<string, number>();
  connection.start({
    onData: (bytes) => {
      for (const frame of parser.push(bytes).frames) {
        const request = must(decodeViewerRequest(frame, MINOR));
        const count = counts.get(request.type) ?? 0;
        counts.set(request.type, count + 1);
        const lied = lie(request, count);
        if (lied !== 'silence') connection.send(lied ?? honest(request, count));
      }
    },
    onClose: () => undefined,
  });
}

export function honest(request: ViewerRequest, count: number): Uint8Array {
  switch (request.type) {
    case 'connect':
      return encodeViewerReply(
        request.type,
        { viewer: 1n, major: 2, minor: MINOR, purpose: 1 },
        MINOR,
      );
    case 'create-viewer':
    case 'detach':
      return encodeViewerReply(request.type, { status: 'ok' }, MINOR);
    case 'list-sessions': {
      const counted = { liveTimerUs: 1000, viewers: 0, streams: 2 };
      const sessions = [{ session: 1n, host: 'box', name: 'web', ...counted }];
      return encodeViewerReply(request.type, { sessions }, MINOR);
    }
    case 'attach':
      return encodeViewerReply(
        request.type,
        { status: 'ok', streams: [METADATA_STREAM, STREAM] },
        MINOR,
      );
    case 'get-metadata': {
      const content = count === 0 ? encodeUtf8(METADATA + declaration(0)) : new Uint8Array(0);
      const status = count === 0 ? 'ok' : 'nothing-new';
      return encodeViewerReply(request.type, { status, content }, MINOR);
    }
    case 'get-next-index': {
      const status = count === 0 ? 'ok' : 'hung-up';
      return encodeViewerReply(request.type, { ...INDEX, status }, MINOR);
    }
    case 'get-packet': {
      const at = Number(request.offset);
      const content = PACKET.slice(at, at + request.byteLength);
      return encodeViewerReply(request.type, { ...NO_NEWS, status: 'ok', content }, MINOR);
    }
    case 'get-new-streams':
      return encodeViewerReply(request.type, { status: 'hung-up', streams: [] }, MINOR);
  }
}
