/** Viewers of live sessions: what they are told of, what they can read, and what they cannot reach. */
import { describe, expect, it } from 'vitest';
import {
  ATTACHED_SESSIONS_MAX,
  CLOSED_STREAMS_MAX,
  LOGGED_FILES_MAX,
  VIEWED_STREAMS_MAX,
} from '../../../../src/relay/limits.ts';
import { StreamLog } from '../../../../src/relay/stream-log.ts';
import { LISTED_STREAMS_MAX, LIVE_DATA_BYTES_MAX } from '../../../../src/wire/live/limits.ts';
import {
  aliceWorld,
  createSession,
  openStore,
  RelayPeer,
} from '../../../support/relay/relay-client.ts';
import { ViewingPeer } from '../../../support/relay/viewing-client.ts';

const LIVE = { ...createSession, liveTimerUs: 1_000_000 } as const;
const PATH = 'ust/uid/1000/64-bit';

/** A live session with one trace: a metadata stream and one of packets. */
function begun(fields: object = {}) {
  const store = openStore(aliceWorld());
  const peer = new RelayPeer(store);
  peer.ask(LIVE);
  peer.chunk(0n);
  const metadata = peer.stream({ channel: 'metadata' });
  const stream = peer.stream(fields);
  peer.ask({ type: 'streams-sent' });
  const add = (number: number): void => {
    peer.packet(stream, number, number + 1);
    peer.index(stream, number);
  };
  const describe = (text: string): void => {
    const content = new Uint8Array(Buffer.from(text));
    expect(peer.answer({ type: 'send-metadata', stream: metadata, padding: 0, content })).toEqual(
      {},
    );
  };
  /** What LTTng sends of a stream without events: the number of the last packet, and no size. */
  const beacon = (sequence: bigint, timestampEnd: bigint): void => {
    const sizes = { packetBits: 0n, contentBits: 0n, timestampBegin: 0n, eventsDiscarded: 0n };
    const rest = { streamClass: 7n, streamInstance: 0n, packetNumber: 0n };
    const request = { type: 'send-index', stream, sequence, timestampEnd, ...sizes, ...rest };
    expect(peer.ask(request as Parameters<typeof peer.ask>[0])).toEqual({ code: 10 });
  };
  return { store, peer, metadata, stream, add, describe, beacon };
}

const index = (stream: bigint) => ({ type: 'get-next-index', stream }) as const;
const packet = (stream: bigint, offset: bigint, byteLength: number) =>
  ({ type: 'get-packet', stream, offset, byteLength }) as const;

describe('the list of sessions', () => {
  it('has live sessions until their peer leaves, with their viewers and streams', () => {
    const { store, peer } = begun();
    const recorded = new RelayPeer(store);
    const origin = { ...createSession.origin, sessionId: 4n };
    recorded.ask({ ...createSession, name: 'recorded', origin });
    const viewer = new ViewingPeer(store);
    viewer.attach();
    const session = { session: 1n, liveTimerUs: 1_000_000, host: 'box', name: 'web' };
    expect(viewer.ask({ type: 'list-sessions' })).toEqual({
      sessions: [{ ...session, viewers: 1, streams: 2 }],
    });
    expect(viewer.attached).toEqual(['web']);
    viewer.end();
    expect(new ViewingPeer(store, 15).ask({ type: 'list-sessions' })).toEqual({
      sessions: [{ ...session, viewers: 0, streams: 2, traceFormat: 1 }],
    });
    peer.endControl();
    expect(viewer.ask({ type: 'list-sessions' })).toEqual({ sessions: [] });
  });

  it('hides CTF 2 from viewers that do not know it', () => {
    const store = openStore(aliceWorld());
    new RelayPeer(store, 15).ask({ ...LIVE, origin: { ...LIVE.origin, traceFormat: 2 } });
    const attach = { type: 'attach', session: 1n, offset: 0n, seek: 'last' } as const;
    const old = new ViewingPeer(store, 14);
    expect(old.ask({ type: 'list-sessions' })).toEqual({ sessions: [] });
    expect(old.ask(attach).status).toBe('unknown');
    expect(new ViewingPeer(store, 15).ask(attach).status).toBe('ok');
  });
});

describe('attach', () => {
  it('refuses unknown sessions, the same one twice, and a session that was detached', () => {
    const { store } = begun();
    const viewer = new ViewingPeer(store);
    const attach = { type: 'attach', session: 1n, offset: 0n, seek: 'beginning' } as const;
    expect(viewer.ask({ ...attach, session: 9n }).status).toBe('unknown');
    const [, stream] = viewer.ask(attach).streams;
    expect(viewer.ask(attach).status).toBe('already');
    expect(viewer.ask({ type: 'detach', session: 1n })).toEqual({ status: 'ok' });
    expect(viewer.ask({ type: 'detach', session: 1n })).toEqual({ status: 'unknown' });
    expect(viewer.read(stream?.stream ?? 0n)).toBe('error');
    expect(viewer.ask({ type: 'get-new-streams', session: 1n }).status).toBe('error');
  });

  it('gives every viewer all packets from the beginning, or those from now on', () => {
    const { store, add } = begun();
    add(0);
    add(1);
    const [first, second, late] = [1, 2, 3].map(() => new ViewingPeer(store));
    const streams = first?.attach() ?? [];
    expect(streams).toEqual([
      { stream: 1n, trace: 1n, isMetadata: true, path: PATH, channel: 'metadata' },
      { stream: 2n, trace: 1n, isMetadata: false, path: PATH, channel: 'ch_0' },
    ]);
    expect(first?.read(2n)).toBe('0:1 1:2 retry');
    second?.attach();
    late?.attach('last');
    add(2);
    expect(first?.read(2n)).toBe('2:3 retry');
    expect(second?.read(2n)).toBe('0:1 1:2 2:3 retry');
    expect(late?.read(2n)).toBe('2:3 retry');
  });

  it('has a bound for sessions', () => {
    const store = openStore(aliceWorld());
    const viewer = new ViewingPeer(store);
    const attach = (session: number) =>
      ({ type: 'attach', session: BigInt(session), offset: 0n, seek: 'last' }) as const;
    const statuses: string[] = [];
    for (let session = 1; session <= ATTACHED_SESSIONS_MAX; session++) {
      const origin = { ...LIVE.origin, sessionId: BigInt(session) };
      new RelayPeer(store).ask({ ...LIVE, name: `s${session}`, origin });
      statuses.push(viewer.ask(attach(session)).status);
    }
    expect(new Set(statuses)).toEqual(new Set(['ok']));
    expect(viewer.refusal(attach(ATTACHED_SESSIONS_MAX + 1))).toBe(
      `is attached to ${ATTACHED_SESSIONS_MAX} sessions`,
    );
  });
});

describe('packets', () => {
  it('are read in parts, within the packet whose index was given', () => {
    const { store, add } = begun();
    add(0);
    add(1);
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.ask(packet(2n, 0n, 8)).status).toBe('error');
    viewer.ask(index(2n));
    expect(viewer.ask(index(2n))).toMatchObject({ status: 'ok', offset: 8n, packetBits: 64n });
    expect(viewer.ask(packet(2n, 12n, 4)).content).toEqual(Uint8Array.of(2, 2, 2, 2));
    for (const wrong of [packet(2n, 7n, 8), packet(2n, 9n, 8), packet(2n, 2n ** 63n, 8)]) {
      expect(viewer.ask(wrong)).toMatchObject({ status: 'error', content: new Uint8Array(0) });
    }
    for (const unknown of [1n, 3n]) expect(viewer.read(unknown)).toBe('error');
    expect(viewer.metadata(2n)).toBe('error');
  });

  it('have at most a bounded number of bytes in one reply', () => {
    const { store, peer, stream } = begun();
    peer.packet(stream, 0, 1, { content: LIVE_DATA_BYTES_MAX + 1 });
    peer.ask({
      type: 'send-index',
      stream,
      sequence: 0n,
      packetBits: 8n * BigInt(LIVE_DATA_BYTES_MAX + 1),
      contentBits: 8n,
      timestampBegin: 0n,
      timestampEnd: 0n,
      eventsDiscarded: 0n,
      streamClass: 0n,
    });
    const viewer = new ViewingPeer(store);
    viewer.attach();
    viewer.ask(index(2n));
    expect(viewer.ask(packet(2n, 0n, LIVE_DATA_BYTES_MAX + 1)).status).toBe('error');
    expect(viewer.ask(packet(2n, 0n, LIVE_DATA_BYTES_MAX)).content).toHaveLength(
      LIVE_DATA_BYTES_MAX,
    );
  });

  it('that lie about their size end nothing but their reading', () => {
    const { store, peer, stream } = begun();
    peer.packet(stream, 0, 1);
    const sizes = { packetBits: 2n ** 64n - 1n, contentBits: 0n, eventsDiscarded: 0n };
    const times = { timestampBegin: 0n, timestampEnd: 0n, streamClass: 0n };
    peer.ask({ type: 'send-index', stream, sequence: 0n, ...sizes, ...times });
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.ask(index(2n)).status).toBe('ok');
    expect(viewer.ask(packet(2n, 0n, 9)).status).toBe('error');
    expect(viewer.ask(packet(2n, 0n, 8)).status).toBe('ok');
  });

  it('are found again after they moved into the next trace chunk', () => {
    const { store, peer, stream, add } = begun();
    for (const number of [0, 1, 2]) add(number);
    const [viewer, slow] = [new ViewingPeer(store), new ViewingPeer(store)];
    viewer.attach();
    slow.attach();
    viewer.read(2n);
    slow.ask(index(2n));
    slow.ask(index(2n));
    peer.chunk(1n);
    peer.ask({ type: 'rotate-streams', newChunk: 1n, positions: [{ stream, sequence: 1n }] });
    expect(slow.ask(packet(2n, 8n, 8)).content[0]).toBe(2);
    expect(slow.read(2n)).toBe('2:3 retry');
    add(3);
    expect(viewer.read(2n)).toBe('3:4 retry');
    const late = new ViewingPeer(store);
    late.attach();
    expect(late.read(2n)).toBe('1:2 2:3 3:4 retry');
  });

  it('whose file was overwritten or cleared are left out', () => {
    const { store, peer, stream, add } = begun({ tracefileSize: 8n, tracefileCount: 2n });
    for (const number of [0, 1, 2]) add(number);
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.ask(index(2n)).timestampBegin).toBe(1n);
    add(3);
    expect(viewer.ask(packet(2n, 0n, 8)).status).toBe('error');
    expect(viewer.read(2n)).toBe('2:3 3:4 retry');
    add(4);
    peer.chunk(1n);
    peer.ask({ type: 'rotate-streams', newChunk: 1n, positions: [{ stream, sequence: 5n }] });
    add(5);
    expect(viewer.read(2n)).toBe('4:5 5:6 retry');
  });

  it('of a cleared trace chunk are left out, also when the next one takes its place', () => {
    const { store, peer, metadata, stream, add, describe: declare } = begun();
    declare('trace;');
    for (const number of [0, 1, 2]) add(number);
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.ask(index(2n)).timestampBegin).toBe(0n);
    peer.chunk(1n);
    const positions = [
      { stream, sequence: 3n },
      { stream: metadata, sequence: 0n },
    ];
    peer.ask({ type: 'rotate-streams', newChunk: 1n, positions });
    const closing = { type: 'close-chunk', chunk: 0n, closedAtSeconds: 1_767_225_601n } as const;
    peer.ask({ ...closing, command: 'delete' });
    expect(viewer.ask(packet(2n, 0n, 8)).status).toBe('error');
    expect(viewer.read(2n)).toBe('retry');
    declare('trace;');
    add(3);
    expect(viewer.read(2n)).toBe('3:4 retry');
    expect(viewer.metadata(1n)).toBe('trace;');
  });

  it('are read from the last files only, of a stream with more', () => {
    const { store, add } = begun({ tracefileSize: 8n });
    for (let number = 0; number <= LOGGED_FILES_MAX; number++) add(number);
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.ask(index(2n)).timestampBegin).toBe(1n);
  });
});

describe('a stream without packets', () => {
  it('tells until when it has no event, unless a packet is on its way', () => {
    const { store, peer, stream, add, beacon } = begun();
    const viewer = new ViewingPeer(store);
    viewer.attach();
    beacon(2n ** 64n - 1n, 100n);
    expect(viewer.ask(index(2n))).toMatchObject({
      status: 'inactive',
      timestampEnd: 100n,
      streamClass: 7n,
    });
    add(0);
    expect(viewer.read(2n)).toBe('0:1 retry');
    beacon(0n, 200n);
    beacon(0n, 300n);
    expect(viewer.ask(index(2n))).toMatchObject({ status: 'inactive', timestampEnd: 300n });
    peer.index(stream, 1);
    beacon(1n, 400n);
    expect(viewer.ask(index(2n)).timestampEnd).toBe(300n);
    peer.packet(stream, 1, 2);
    expect(viewer.read(2n)).toBe('1:2 retry');
  });
});

describe('metadata', () => {
  it('comes once, with a flag when there is more', () => {
    const { store, describe: declare, add } = begun();
    const viewer = new ViewingPeer(store);
    viewer.attach();
    expect(viewer.metadata(1n)).toBe('nothing-new');
    declare('trace;');
    expect(viewer.ask(index(2n))).toMatchObject({ status: 'retry', hasNewMetadata: true });
    expect(viewer.metadata(1n)).toBe('trace;');
    declare('event;');
    add(0);
    expect(viewer.ask(index(2n))).toMatchObject({ status: 'ok', hasNewMetadata: true });
    expect(viewer.metadata(1n)).toBe('event;');
    expect(viewer.ask(packet(2n, 0n, 8))).toMatchObject({ status: 'ok', hasNewMetadata: false });
  });

  it('goes on at the same byte after a rotation, which sends it again', () => {
    const { store, peer, metadata, describe: declare } = begun();
    const viewer = new ViewingPeer(store);
    viewer.attach();
    declare('trace;');
    expect(viewer.metadata(1n)).toBe('trace;');
    peer.chunk(1n);
    const positions = [{ stream: metadata, sequence: 0n }];
    peer.ask({ type: 'rotate-streams', newChunk: 1n, positions });
    expect(viewer.metadata(1n)).toBe('nothing-new');
    declare('trace;event;');
    expect(viewer.metadata(1n)).toBe('event;');
  });
});

describe('new streams', () => {
  it('are told of when their peer has sent them all, and read from their beginning', () => {
    const { store, peer, add } = begun();
    const viewer = new ViewingPeer(store);
    viewer.attach('last');
    add(0);
    const added = peer.stream({ channel: 'ch_1' });
    peer.stream({ channel: 'metadata', path: 'ust/pid/app-1' });
    peer.packet(added, 0, 5);
    peer.index(added, 0);
    expect(viewer.ask(index(2n)).hasNewStreams).toBe(false);
    expect(viewer.ask({ type: 'get-new-streams', session: 1n }).status).toBe('none');
    peer.ask({ type: 'streams-sent' });
    expect(viewer.ask(index(2n)).hasNewStreams).toBe(true);
    expect(viewer.ask({ type: 'get-new-streams', session: 1n })).toMatchObject({
      status: 'ok',
      streams: [
        { stream: 3n, trace: 1n, isMetadata: false },
        { stream: 4n, trace: 4n, isMetadata: true },
      ],
    });
    expect(viewer.ask(index(2n)).hasNewStreams).toBe(false);
    expect(viewer.read(3n)).toBe('0:5 retry');
  });

  it('are told of in parts, up to the bound of a viewer', () => {
    const store = openStore(aliceWorld());
    const viewer = new ViewingPeer(store);
    const listed = { host: 'box', name: 'web', liveTimerUs: 1, traceFormat: 1 };
    const session = store.live.add(listed, false);
    const stream = {
      path: PATH,
      channel: 'ch_0',
      isMetadata: false,
      log: new StreamLog(() => undefined),
    };
    for (let at = 0; at <= VIEWED_STREAMS_MAX; at++) session.publish(stream);
    expect(viewer.attach()).toHaveLength(LISTED_STREAMS_MAX);
    let told = LISTED_STREAMS_MAX;
    for (;;) {
      const reply = viewer.ask({ type: 'get-new-streams', session: session.id });
      if (reply.status !== 'ok') break;
      told += reply.streams.length;
    }
    expect(told).toBe(VIEWED_STREAMS_MAX);
    expect(viewer.ask(index(1n)).hasNewStreams).toBe(false);
  });
});

describe('the end', () => {
  it('of a session hangs up each stream after its last packet, then the session', () => {
    const { store, peer, stream, metadata, add, describe: declare } = begun();
    const viewer = new ViewingPeer(store);
    viewer.attach();
    declare('trace;');
    add(0);
    peer.ask({ type: 'close-stream', stream, lastSequence: 0n });
    peer.ask({ type: 'close-stream', stream: metadata, lastSequence: 2n ** 64n - 1n });
    peer.endControl();
    expect(viewer.metadata(1n)).toBe('trace;');
    expect(viewer.metadata(1n)).toBe('nothing-new');
    expect(viewer.ask({ type: 'get-new-streams', session: 1n }).status).toBe('none');
    expect(viewer.read(2n)).toBe('0:1 hung-up');
    expect(viewer.read(2n)).toBe('error');
    expect(viewer.metadata(1n)).toBe('error');
    expect(viewer.ask({ type: 'get-new-streams', session: 1n }).status).toBe('hung-up');
  });

  it('of a stream leaves it readable for those who did not know it, the last ones only', () => {
    const { store, peer } = begun();
    const viewer = new ViewingPeer(store);
    viewer.attach();
    for (let at = 0; at <= CLOSED_STREAMS_MAX + 1; at++) {
      const stream = peer.stream({ channel: `app_${at}` });
      peer.packet(stream, 0, 1 + at);
      peer.index(stream, 0);
      peer.ask({ type: 'streams-sent' });
      peer.ask({ type: 'close-stream', stream, lastSequence: 0n });
    }
    const told = viewer.ask({ type: 'get-new-streams', session: 1n }).streams;
    expect(told).toHaveLength(CLOSED_STREAMS_MAX + 1);
    expect(viewer.read(told[0]?.stream ?? 0n)).toBe('0:2 hung-up');
    expect(new ViewingPeer(store).attach('last')).toHaveLength(2);
  });
});
