/** Live sessions in a relay's memory: bounds, what falls out, what viewers see of it, and when memory is given back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PACKET_RECORD_BYTES, UNREAD_MS_MAX } from '../../../../src/relay/limits.ts';
import { LiveMemory } from '../../../../src/relay/live-memory.ts';
import { LIVE_DATA_BYTES_MAX } from '../../../../src/wire/live/limits.ts';
import { encodePacketHeader } from '../../../../src/wire/relay/data-frames.ts';
import {
  aliceMachine,
  createSession,
  openStore,
  RelayPeer,
  storedFiles,
} from '../../../support/relay/relay-client.ts';
import { ViewingPeer } from '../../../support/relay/viewing-client.ts';

const LIVE = { ...createSession, liveTimerUs: 1_000_000 } as const;
/** A ring has 4096 bytes, a packet at most 2048. */
const BYTES = 64 * 1024;
/** Packets of 8 bytes that a ring has. */
const RING = Math.floor(4096 / (8 + PACKET_RECORD_BYTES));

function relay(bytesMax = BYTES) {
  const machine = aliceMachine();
  const { world } = machine.login('alice');
  const liveMemory = new LiveMemory(bytesMax);
  const store = openStore(world, { liveMemory });
  const session = (id = 3n, minor = 13) => {
    const peer = new RelayPeer(store, minor);
    expect(peer.ask({ ...LIVE, origin: { ...LIVE.origin, sessionId: id } }).code).toBe(10);
    if (minor >= 11) peer.chunk(0n);
    const path = minor >= 11 ? {} : { path: '/box/web-20260101-000000/ust' };
    const add = (stream: bigint, number: number): void => {
      expect(peer.packet(stream, number, (number % 255) + 1)).toBeUndefined();
      expect(peer.index(stream, number)).toBe(10);
    };
    return { peer, add, metadata: peer.stream({ channel: 'metadata', ...path }), path };
  };
  return { machine, world, liveMemory, store, session };
}

function begun(bytesMax?: number) {
  const all = relay(bytesMax);
  const { peer, add, metadata } = all.session();
  const stream = peer.stream();
  peer.ask({ type: 'streams-sent' });
  const declare = (text: string) =>
    peer.answer({
      type: 'send-metadata',
      stream: metadata,
      padding: 0,
      content: new TextEncoder().encode(text),
    });
  return { ...all, peer, stream, metadata, declare, add: (number: number) => add(stream, number) };
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `${from + at}:${((from + at) % 255) + 1}`);

describe('a live session in memory', () => {
  it.each([13, 4])('is read as one on the disk, of which it has nothing, revision %i', (minor) => {
    const { world, store, session } = relay();
    const { peer, add, metadata, path } = session(3n, minor);
    const stream = peer.stream(path);
    peer.ask({ type: 'streams-sent' });
    peer.answer({
      type: 'send-metadata',
      stream: metadata,
      padding: 1,
      content: Uint8Array.of(65),
    });
    peer.answer({
      type: 'send-metadata',
      stream: metadata,
      padding: 0,
      content: Uint8Array.of(66),
    });
    for (let number = 0; number < 3; number++) add(stream, number);
    expect(peer.ask({ type: 'data-pending', stream, lastSequence: 2n })).toEqual({ code: 0 });
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.metadata(1n)).toBe('A\0B');
    expect(viewer.metadata(1n)).toBe('nothing-new');
    expect(viewer.read(2n)).toBe('0:1 1:2 2:3 retry');
    const recorded = new RelayPeer(store);
    recorded.ask({ ...createSession, name: 'recorded' });
    recorded.chunk(0n);
    recorded.stream();
    expect(Object.keys(storedFiles(world))).toEqual([
      'box/recorded-20260101-000000/ust/uid/1000/64-bit/ch_0',
    ]);
  });

  it('loses the oldest packets of a full ring; viewers read on with the first one that is there', () => {
    const { store, add } = begun();
    const [early, late] = [new ViewingPeer(store), new ViewingPeer(store)];
    add(0);
    early.attach();
    expect(early.read(2n)).toBe('0:1 retry');
    for (let number = 1; number < 4 * RING; number++) add(number);
    late.attach();
    // The one that it has read last is there as long as it may ask for it again.
    expect(early.read(2n)).toBe([...numbers(3 * RING + 1, 4 * RING), 'retry'].join(' '));
    expect(late.read(2n)).toBe(['0:1', ...numbers(3 * RING + 1, 4 * RING), 'retry'].join(' '));
  });

  it('keeps a packet whose index a viewer has got', () => {
    const { store, add } = begun();
    add(0);
    const viewer = new ViewingPeer(store);
    viewer.attach();
    const index = viewer.ask({ type: 'get-next-index', stream: 2n });
    for (let number = 1; number < 3 * RING; number++) add(number);
    const packet = { type: 'get-packet', stream: 2n, offset: index.offset, byteLength: 8 } as const;
    expect(viewer.ask(packet).content).toEqual(new Uint8Array(8).fill(1));
    expect(viewer.read(2n)).toBe([...numbers(2 * RING + 1, 3 * RING), 'retry'].join(' '));
    viewer.end();
  });

  it('takes a packet of the greatest length, and no greater one', () => {
    const { peer, stream, liveMemory } = begun();
    const most = liveMemory.packetBytesMax;
    expect(peer.packet(stream, 0, 1, { content: most - 1, padding: 1 })).toBeUndefined();
    expect(peer.packet(stream, 1, 1, { content: most + 1 })).toBe(
      `EMSGSIZE from relay.liveMemory on a packet of ${most + 1} bytes; ${most} is the limit`,
    );
  });

  it('refuses metadata past the bound of a stream, and keeps what it has', () => {
    const { declare, liveMemory, store } = begun();
    const part = 'x'.repeat(512);
    for (let count = 0; count < 4; count++) expect(declare(part)).toEqual({});
    expect(liveMemory.byteLength).toBe(4096);
    expect(declare('y').refusal).toBe('ENOSPC from relay.liveMemory on a packet of 1 bytes');
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.metadata(1n)).toBe(part.repeat(4));
  });
});

describe('the bound on all sessions', () => {
  it('costs the session with the most bytes its oldest packets, not the others', () => {
    const { store, session, liveMemory } = relay();
    const small = session(1n);
    const quiet = small.peer.stream();
    small.peer.ask({ type: 'streams-sent' });
    small.add(quiet, 0);
    const large = session(2n);
    const streams = Array.from({ length: 40 }, (_, at) => large.peer.stream({ channel: `c${at}` }));
    for (let number = 0; number < RING; number++) {
      for (const stream of streams) large.add(stream, number);
      expect(liveMemory.byteLength).toBeLessThanOrEqual(BYTES);
    }
    expect(liveMemory.byteLength).toBeGreaterThan(BYTES - 2 * (PACKET_RECORD_BYTES + 8));
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.read(2n)).toBe('0:1 retry');
  });

  it('cuts off who lets packets begin and not end, when nothing else can go', () => {
    const { store, session, liveMemory } = relay();
    const { peer } = session();
    const begin = (channel: string) => {
      const stream = peer.stream({ channel });
      const connection = new RelayPeer(store);
      const header = { stream, sequence: 0n, contentBytes: 1000, paddingBytes: 0 };
      expect(connection.send(encodePacketHeader(header), Uint8Array.of(1))).toBeUndefined();
      return connection;
    };
    const connections = Array.from({ length: 50 }, (_, at) => begin(`c${at}`));
    expect(liveMemory.byteLength).toBeLessThanOrEqual(BYTES);
    const ended = connections.map((connection) => connection.send(new Uint8Array(999).fill(1)));
    expect(ended.filter((reason) => reason?.startsWith('ENOSPC') === true).length).toBe(
      50 - Math.floor(BYTES / (1000 + PACKET_RECORD_BYTES)),
    );
  });
});

describe('a rotation of a session in memory', () => {
  it('moves packets that were sent before it, without room for two of them', () => {
    const { store, peer, stream, metadata, add, liveMemory } = begun();
    for (let number = 0; number < RING; number++) add(number);
    const before = liveMemory.byteLength;
    peer.chunk(1n);
    const positions = [stream, metadata].map((each) => ({ stream: each, sequence: 2n }));
    expect(peer.ask({ type: 'rotate-streams', newChunk: 1n, positions })).toEqual({ code: 10 });
    expect(liveMemory.byteLength).toBe(before);
    const clear = {
      type: 'close-chunk',
      chunk: 0n,
      closedAtSeconds: 1n,
      command: 'delete',
    } as const;
    expect(peer.ask(clear).code).toBe(10);
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.read(2n)).toBe([...numbers(2, RING), 'retry'].join(' '));
    add(RING);
    expect(liveMemory.byteLength).toBe((RING - 1) * (8 + PACKET_RECORD_BYTES));
  });

  it('knows packets that have fallen out, and puts no others in their place', () => {
    const { store, peer, stream, add } = begun();
    const viewer = new ViewingPeer(store);
    viewer.attach();
    for (let number = 0; number < 3 * RING; number++) add(number);
    expect(viewer.read(2n)).toBe([...numbers(2 * RING, 3 * RING), 'retry'].join(' '));
    peer.chunk(1n);
    const positions = [{ stream, sequence: 2n }];
    expect(peer.ask({ type: 'rotate-streams', newChunk: 1n, positions })).toEqual({ code: 10 });
    add(3 * RING);
    expect(viewer.read(2n)).toBe([...numbers(3 * RING, 3 * RING + 1), 'retry'].join(' '));
  });

  it('moves a packet that is arriving', () => {
    const { store, peer, stream } = begun();
    peer.chunk(1n);
    const slow = new RelayPeer(store);
    const header = { stream, sequence: 0n, contentBytes: 8, paddingBytes: 0 };
    slow.send(encodePacketHeader(header), new Uint8Array(3).fill(7));
    peer.ask({ type: 'rotate-streams', newChunk: 1n, positions: [{ stream, sequence: 0n }] });
    expect(slow.send(new Uint8Array(5).fill(8))).toBeUndefined();
    peer.index(stream, 0);
    const viewer = new ViewingPeer(store);
    viewer.attach();
    const { offset } = viewer.ask({ type: 'get-next-index', stream: 2n });
    const { content } = viewer.ask({ type: 'get-packet', stream: 2n, offset, byteLength: 8 });
    expect(content).toEqual(Uint8Array.of(7, 7, 7, 8, 8, 8, 8, 8));
  });
});

describe('the memory', () => {
  const end = ({ peer, stream }: ReturnType<typeof begun>): void => {
    peer.ask({ type: 'close-stream', stream, lastSequence: 0n });
    peer.endControl();
    peer.abandon();
  };

  it('is given back at the end of a session without viewers', () => {
    const all = begun();
    all.add(0);
    end(all);
    expect(all.liveMemory.byteLength).toBe(0);
  });

  it('stays until the viewers of the session have left', () => {
    const all = begun();
    all.add(0);
    const viewer = new ViewingPeer(all.store);
    viewer.attach();
    end(all);
    expect(viewer.read(2n)).toBe('0:1 hung-up');
    viewer.end();
    expect(all.liveMemory.byteLength).toBe(0);
  });

  it('is given back some time after the end, whoever has not read it', () => {
    const all = begun();
    all.add(0);
    all.declare('text');
    const viewer = new ViewingPeer(all.store);
    viewer.attach();
    end(all);
    all.machine.run({ forMs: UNREAD_MS_MAX - 1 });
    expect(all.liveMemory.byteLength).toBeGreaterThan(0);
    all.machine.run({ forMs: 2 });
    expect(all.liveMemory.byteLength).toBe(0);
    expect(all.machine.log.map(({ event }) => event)).toContain('relay.unreadDiscarded');
    expect(viewer.metadata(1n)).toBe('nothing-new');
    expect(viewer.read(2n)).toBe('hung-up');
  });
});

it('every viewer of a relay sees the packets that were sent, in order, and no others', () => {
  const step = fc.record({
    do: fc.constantFrom('send', 'send', 'send', 'index', 'read', 'rotate', 'view', 'leave'),
    stream: fc.nat({ max: 5 }),
    size: fc.integer({ min: 1, max: 1500 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { world, store, session, liveMemory } = relay();
      const { peer } = session();
      const streams = Array.from({ length: 6 }, (_, at) => ({
        handle: peer.stream({ channel: `c${at}` }),
        sizes: [] as number[],
        indexed: 0,
      }));
      peer.ask({ type: 'streams-sent' });
      let viewers: { peer: ViewingPeer; seen: Map<bigint, number> }[] = [];
      let chunk = 0n;
      const read = ({ peer: viewer, seen }: (typeof viewers)[number], at: number): void => {
        const stream = BigInt(at + 2);
        const index = viewer.ask({ type: 'get-next-index', stream });
        if (index.status !== 'ok') return;
        const number = Number(index.timestampBegin);
        expect(number).toBeGreaterThan(seen.get(stream) ?? -1);
        seen.set(stream, number);
        const byteLength = Math.min(Number(index.packetBits / 8n), LIVE_DATA_BYTES_MAX);
        const { offset } = index;
        const { content } = viewer.ask({ type: 'get-packet', stream, offset, byteLength });
        expect(content).toEqual(new Uint8Array(byteLength).fill((number % 255) + 1));
        expect(byteLength).toBe(streams[at]?.sizes[number]);
      };
      for (const { do: what, stream: at, size } of steps) {
        const stream = streams[at];
        if (stream === undefined) continue;
        const number = stream.sizes.length;
        if (what === 'send') {
          stream.sizes.push(size);
          const sent = peer.packet(stream.handle, number, (number % 255) + 1, { content: size });
          if (sent !== undefined) throw new Error(sent);
        } else if (what === 'index' || what === 'rotate') {
          for (; stream.indexed < number; stream.indexed++) {
            const [sequence, packetBits] = [
              BigInt(stream.indexed),
              BigInt(8 * (stream.sizes[stream.indexed] ?? 0)),
            ];
            const times = { timestampBegin: sequence, timestampEnd: sequence };
            const counts = { eventsDiscarded: 0n, streamClass: 0n, streamInstance: 0n };
            const rest = { ...times, ...counts, packetNumber: sequence, contentBits: packetBits };
            const request = { stream: stream.handle, sequence, packetBits, ...rest };
            peer.ask({ type: 'send-index', ...request });
          }
        }
        if (what === 'rotate') {
          chunk += 1n;
          peer.chunk(chunk);
          const positions = [
            { stream: stream.handle, sequence: BigInt(Math.max(0, number - (size % 9))) },
          ];
          peer.ask({ type: 'rotate-streams', newChunk: chunk, positions });
        } else if (what === 'view' && viewers.length < 3) {
          const viewer = { peer: new ViewingPeer(store), seen: new Map<bigint, number>() };
          viewer.peer.attach();
          viewers.push(viewer);
        } else if (what === 'leave') {
          viewers.shift()?.peer.end();
        } else if (what === 'read') {
          for (const viewer of viewers) read(viewer, at);
        }
        expect(liveMemory.byteLength).toBeLessThanOrEqual(BYTES);
      }
      for (const viewer of viewers) viewer.peer.end();
      viewers = [];
      peer.endControl();
      peer.abandon();
      expect(liveMemory.byteLength).toBe(0);
      expect(storedFiles(world)).toEqual({});
    }),
    { numRuns: 150 },
  );
});

it('has a directory of its own beside a session of the same origin on the disk', () => {
  const { world, store, session } = relay();
  session();
  const onDisk = new RelayPeer(store, 13);
  onDisk.ask({ ...createSession, origin: LIVE.origin });
  onDisk.chunk(0n);
  const stream = onDisk.stream();
  expect(onDisk.packet(stream, 0, 1)).toBeUndefined();
  expect(onDisk.index(stream, 0)).toBe(10);
  onDisk.ask({ type: 'close-chunk', chunk: 0n, closedAtSeconds: 1n, command: 'delete' });
  onDisk.ask({ type: 'close-stream', stream, lastSequence: 0n });
  expect(storedFiles(world)).toEqual({});
});
