/**
 * What relays have got wrong, as a list: each of these attacks on ours is refused, or ends the connection of the
 * attacker alone, and leaves nothing outside the output directory.
 */
import { describe, expect, it } from 'vitest';
import { SETTLE_MS_MAX } from '../../../actors/relayd/limits.ts';
import { HELD_BYTES_MAX } from '../../../src/wire/limits.ts';
import { encodePacketHeader } from '../../../src/wire/relay/data-frames.ts';
import { CONTROL_PAYLOAD_BYTES_MAX } from '../../../src/wire/relay/limits.ts';
import { encodeRequest, type RelayRequest } from '../../../src/wire/relay/requests.ts';
import { DEFAULT_PORTS } from '../../../src/wire/uri.ts';
import { MemoryRelay } from '../../support/relay/memory-relay.ts';
import {
  aliceMachine,
  aliceWorld,
  createSession,
  OUTPUT,
  openStore,
  RelayPeer,
  storedFiles,
} from '../../support/relay/relay-client.ts';
import { ViewingPeer } from '../../support/relay/viewing-client.ts';

const REFUSED = { code: 11 };
const HUGE = [2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];
const HOME = 'box/web-20260101-000000';

function begun(options = {}): { world: ReturnType<typeof aliceWorld>; peer: RelayPeer } {
  const world = aliceWorld();
  const peer = new RelayPeer(openStore(world, options));
  peer.ask(createSession);
  peer.chunk(0n);
  return { world, peer };
}

describe('names that lead out of the output directory', () => {
  const OUT = [
    '..',
    '../..',
    '../../../../home/alice/x',
    '/home/alice/x',
    'a/../../../x',
    './..',
    'a//..',
  ];

  it.each(OUT)('%j as a channel, a path, a base path, a session, a host or a chunk', (name) => {
    const machine = aliceMachine();
    const { world } = machine.login('alice');
    const store = openStore(world);
    const outside = (): unknown =>
      machine.listFiles().filter(({ path }) => !path.startsWith(`${OUTPUT}/`));
    const before = outside();
    const { origin } = createSession;
    const sessions = [
      { ...createSession, name },
      { ...createSession, host: name },
      { ...createSession, origin: { ...origin, basePath: name } },
    ];
    for (const session of sessions) new RelayPeer(store).answer(session);
    const peer = new RelayPeer(store);
    peer.ask(createSession);
    peer.chunk(0n);
    peer.answer({ type: 'create-chunk', chunk: 1n, createdAtSeconds: 0n, overrideName: name });
    const add = { type: 'add-stream', tracefileSize: 0n, tracefileCount: 0n, chunk: 0n } as const;
    const refused = peer.answer({ ...add, channel: name, path: 'ust' }).refusal;
    expect(refused).toMatch(/^the channel name /);
    // A slash at the beginning means nothing: LTTng's old revisions send one.
    for (const path of [name, `ust/${name}`]) peer.answer({ ...add, channel: 'ch_0', path });
    // Revisions before 2.11 name the session's directory in each stream's path.
    const old = new RelayPeer(store, 10, '10.0.0.9');
    old.ask({
      type: 'create-session',
      name: 'web',
      host: 'box',
      liveTimerUs: 0,
      isSnapshot: false,
    });
    for (const path of [name, `box/${name}/ust`, `box/web-1/${name}`, `/box/web-1/ust/${name}`]) {
      old.answer({
        type: 'add-stream',
        channel: 'ch_0',
        path,
        tracefileSize: 0n,
        tracefileCount: 0n,
      });
    }
    expect(outside()).toEqual(before);
  });
});

describe('a viewer on a foreign session', () => {
  it('gets nothing of sessions that it is not attached to, or that are not live', () => {
    const store = openStore(aliceWorld());
    const live = new RelayPeer(store);
    live.ask({ ...createSession, liveTimerUs: 1000 });
    live.chunk(0n);
    const stream = live.stream();
    live.ask({ type: 'streams-sent' });
    live.packet(stream, 0, 7);
    live.index(stream, 0);
    const owner = new ViewingPeer(store);
    const [seen] = owner.attach();
    expect(owner.read(seen?.stream ?? 0n)).toContain('0:7');
    const stranger = new ViewingPeer(store);
    for (const id of [seen?.stream ?? 0n, stream, 0n, ...HUGE]) {
      expect(stranger.ask({ type: 'get-next-index', stream: id }).status).toBe('error');
      const packet = { type: 'get-packet', stream: id, offset: 0n, byteLength: 8 } as const;
      expect(stranger.ask(packet)).toMatchObject({ status: 'error', content: new Uint8Array(0) });
      expect(stranger.ask({ type: 'get-metadata', stream: id }).status).toBe('error');
    }
    expect(stranger.ask({ type: 'get-new-streams', session: 1n }).status).toBe('error');
    // A session without a live timer is in no list, and no number leads to it.
    const plain = new RelayPeer(store);
    plain.ask({ ...createSession, origin: { ...createSession.origin, sessionId: 9n } });
    expect(stranger.ask({ type: 'list-sessions' }).sessions).toHaveLength(1);
    for (const session of [0n, 2n, 3n, ...HUGE]) {
      const attach = { type: 'attach', session, offset: 0n, seek: 'beginning' } as const;
      expect(stranger.ask(attach).status).toBe('unknown');
    }
  });
});

describe('a trace file count of 0', () => {
  it('means files without number, also of size 0', () => {
    const { world, peer } = begun();
    const stream = peer.stream({ tracefileSize: 8n, tracefileCount: 0n });
    for (let sequence = 0; sequence < 5; sequence++) peer.packet(stream, sequence, 1);
    const one = peer.stream({ channel: 'one', tracefileSize: 0n, tracefileCount: 3n });
    for (let sequence = 0; sequence < 5; sequence++) peer.packet(one, sequence, 1);
    const names = Object.keys(storedFiles(world)).map((path) => path.split('/').at(-1));
    expect(names).toEqual(['ch_0_0', 'ch_0_1', 'ch_0_2', 'ch_0_3', 'ch_0_4', 'one']);
  });
});

describe('sizes and numbers of 2^63 and beyond', () => {
  it.each(HUGE)('%d overflows nothing', (huge) => {
    const { world, peer } = begun();
    const stream = peer.stream({ tracefileSize: huge });
    expect(peer.packet(stream, 0, 1)).toBeUndefined();
    expect(peer.index(stream, 0)).toBe(10);
    expect(() => peer.stream({ channel: 'c', tracefileSize: 1n, tracefileCount: huge })).toThrow(
      'refused',
    );
    // The first packet has any number, and its successor is one that no other can have.
    const late = peer.stream({ channel: 'late' });
    const header = { stream: late, sequence: huge, contentBytes: 1, paddingBytes: 0 };
    expect(peer.send(encodePacketHeader(header), Uint8Array.of(1))).toBeUndefined();
    peer.index(late, huge);
    expect([0, 1]).toContain(peer.ask({ type: 'data-pending', stream, lastSequence: huge }).code);
    peer.ask({ type: 'rotate-streams', positions: [{ stream, sequence: huge }] });
    const absent = { type: 'close-chunk', chunk: huge, closedAtSeconds: huge } as const;
    expect(peer.ask(absent)).toMatchObject(REFUSED);
    expect(peer.ask({ type: 'create-chunk', chunk: 1n, createdAtSeconds: huge })).toEqual(REFUSED);
    expect(peer.ask({ type: 'begin-data-pending', session: huge })).toEqual(REFUSED);
    const other = new RelayPeer(openStore(world, { streamsMax: 1 }));
    const { origin } = createSession;
    other.answer({
      ...createSession,
      origin: { ...origin, createdAtSeconds: huge, sessionId: huge },
    });
    expect(storedFiles(world)[`${HOME}/ust/uid/1000/64-bit/ch_0_0`]).toBe('01'.repeat(8));
  });

  it('a length of a message is refused when its header is whole', () => {
    for (const huge of HUGE) {
      const relay = new MemoryRelay();
      const peer = relay.network.open('10.0.0.9', DEFAULT_PORTS.control);
      const bytes = Buffer.alloc(24);
      bytes.writeBigUInt64BE(huge, 8);
      peer.push(bytes);
      expect(peer.isEndedByRelay).toBe(true);
      expect(relay.log.at(-1)).toMatchObject({ event: 'peer.cutOff', peer: '10.0.0.9' });
    }
  });
});

describe('half messages', () => {
  const version: RelayRequest = { type: 'version', major: 2, minor: 13 };
  const whole = Buffer.concat([
    encodeRequest(version, 4),
    encodeRequest(createSession, 13),
    encodeRequest({ type: 'create-chunk', chunk: 0n, createdAtSeconds: 1n }, 13),
  ]);

  it('of every length leave nothing behind when their peer goes', () => {
    const relay = new MemoryRelay();
    for (let length = 0; length < whole.length; length++) {
      const peer = relay.network.open('10.0.0.9', DEFAULT_PORTS.control);
      peer.push(whole.subarray(0, length));
      peer.leave(length % 2 === 0 ? 'ended' : 'reset');
      relay.network.settle();
    }
    relay.pass(2 * SETTLE_MS_MAX);
    expect(relay.counts()).toMatchObject({ actors: 1, unhandled: 0 });
    expect(storedFiles(relay.machine.login('alice').world)).toEqual({});
  });

  it('hold at most HELD_BYTES_MAX of all peers; past it the one with most is cut off', () => {
    const relay = new MemoryRelay();
    const header = Buffer.alloc(24);
    header.writeBigUInt64BE(BigInt(CONTROL_PAYLOAD_BYTES_MAX), 8);
    const most = Buffer.concat([header, Buffer.alloc(CONTROL_PAYLOAD_BYTES_MAX - header.length)]);
    const peers = Array.from({ length: HELD_BYTES_MAX / most.length }, (_, at) => {
      const peer = relay.network.open(`10.0.1.${at}`, DEFAULT_PORTS.control);
      peer.push(most);
      return peer;
    });
    const ended = (): number => peers.filter(({ isEndedByRelay }) => isEndedByRelay).length;
    expect(ended()).toBe(0);
    const last = relay.network.open('10.0.2.1', DEFAULT_PORTS.control);
    last.push(header.subarray(0, 1));
    expect([ended(), last.isEndedByRelay]).toEqual([1, false]);
    expect(relay.log.at(-1)).toMatchObject({ event: 'peer.cutOff', cause: 'overflow' });
  });
});

describe('a clear under a viewer', () => {
  it('gives an error for the packet whose index it has, and goes on with the next one', () => {
    const store = openStore(aliceWorld());
    const peer = new RelayPeer(store);
    peer.ask({ ...createSession, liveTimerUs: 1000 });
    peer.chunk(0n);
    const stream = peer.stream();
    peer.ask({ type: 'streams-sent' });
    peer.packet(stream, 0, 1);
    peer.index(stream, 0);
    const viewer = new ViewingPeer(store);
    const id = viewer.attach()[0]?.stream ?? 0n;
    expect(viewer.ask({ type: 'get-next-index', stream: id }).status).toBe('ok');
    peer.chunk(1n);
    const positions = [{ stream, sequence: 1n }];
    peer.ask({ type: 'rotate-streams', newChunk: 1n, positions });
    peer.ask({ type: 'close-chunk', chunk: 0n, closedAtSeconds: 0n, command: 'delete' });
    const packet = { type: 'get-packet', stream: id, offset: 0n, byteLength: 8 } as const;
    expect(viewer.ask(packet).status).toBe('error');
    peer.packet(stream, 1, 2);
    peer.index(stream, 1);
    expect(viewer.read(id)).toContain('1:2');
  });
});

describe('a regeneration of metadata against a rotation', () => {
  it.each([true, false])(
    'leaves each chunk its own metadata (before the rotation: %s)',
    (before) => {
      const { world, peer } = begun();
      const stream = peer.stream({ channel: 'metadata' });
      const send = (text: string): void => {
        peer.answer({ type: 'send-metadata', stream, padding: 0, content: Buffer.from(text) });
      };
      const reset = (): void => void peer.ask({ type: 'reset-metadata', stream, version: 1n });
      const rotate = (): void => {
        peer.chunk(1n);
        peer.ask({ type: 'rotate-streams', newChunk: 1n, positions: [{ stream, sequence: 0n }] });
      };
      send('first');
      for (const act of before ? [reset, rotate] : [rotate, reset]) {
        act();
        send(act === reset ? 'again' : 'next');
      }
      const contents = Object.values(storedFiles(world)).map((hex) =>
        Buffer.from(hex, 'hex').toString(),
      );
      expect(new Set(contents)).toEqual(new Set(before ? ['again', 'next'] : ['again', 'first']));
    },
  );
});

describe('streams of all peers', () => {
  it('are as many as the bound, and one more after one was closed', () => {
    const store = openStore(aliceWorld(), { streamsMax: 3 });
    const [first, second] = [3n, 4n].map((sessionId) => {
      const peer = new RelayPeer(store);
      peer.ask({ ...createSession, origin: { ...createSession.origin, sessionId } });
      peer.chunk(0n);
      return peer;
    });
    const stream = first?.stream() ?? 0n;
    first?.stream({ channel: 'ch_1' });
    second?.stream();
    const more = { channel: 'ch_2' };
    expect(() => second?.stream(more)).toThrow('refused');
    first?.ask({ type: 'close-stream', stream, lastSequence: 2n ** 64n - 1n });
    expect(second?.stream(more)).toBeDefined();
    expect(() => first?.stream(more)).toThrow('refused');
  });
});
