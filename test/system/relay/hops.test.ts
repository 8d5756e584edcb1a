/**
 * Packets that pass other relays on their way (R3.8): the last relay stores what it would have got directly, relays on
 * the way store nothing, and a way that cannot be is refused whole, by the relay that knows why.
 */
import { describe, expect, it } from 'vitest';
import { QUIRKS, type Quirk } from '../../../sim/machine/core/quirks.ts';
import { DIAL_MS_MAX, TUNNEL_BYTES_MAX } from '../../../src/relay/limits.ts';
import { RELAY_WAY_MS_MAX } from '../../../src/wire/relay/limits.ts';
import { decodeReply, encodeRequest } from '../../../src/wire/relay/requests.ts';
import { OUTPUT, storedFiles } from '../../support/relay/relay-client.ts';
import { must } from '../../support/ring/memory.ts';
import {
  ADDRESSES,
  type HopHost,
  HopStage,
  nextOf,
  type Sender,
} from '../../support/simulated/hop-stage.ts';
import { PeerConnection, StagedPeer } from '../../support/simulated/relay-stage.ts';
import { numbersOf, readTraceOf } from '../../support/trace/read-trace.ts';

const SEEDS = [1, 2, 3, 4, 5];
const PACKETS = 8;
/** Bytes that come one by one take long through three connections: tests with much data go without. */
const SLOW: readonly Quirk[] = ['bytes-one-by-one', 'socket-buffer-small'];
const QUICK = QUIRKS.filter((quirk) => !SLOW.includes(quirk));
const WAY = ['first', 'second', 'store'] as const;
const HOPS = ['first', 'second'] as const;
const UNREAD_BYTES = 65_536;

/** Sends packets of growing size, with their indexes and some metadata, and returns what is stored. */
function stream(stage: HopStage, peer: StagedPeer): Record<string, string> {
  const metadata = peer.ask({
    type: 'add-stream',
    channel: 'metadata',
    path: 'ust',
    tracefileSize: 0n,
    tracefileCount: 0n,
    chunk: 0n,
  }).stream;
  const content = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
  peer.send({ type: 'send-metadata', stream: metadata, padding: 0, content });
  for (let sequence = 0; sequence < PACKETS; sequence++) {
    peer.packet(sequence, 8 << sequence);
    expect(peer.index(sequence, 8 << sequence)).toBe(10);
  }
  const pending = {
    type: 'data-pending',
    stream: peer.stream,
    lastSequence: BigInt(PACKETS - 1),
  } as const;
  for (let tries = 0; peer.ask(pending).code === 1; tries++) expect(tries).toBeLessThan(100);
  return storedFiles(stage.disk('store'));
}

/** One connection that passes the relays of the way, as a peer makes it step by step. */
function passing(
  stage: HopStage,
  [first, ...rest]: readonly [HopHost, ...string[]],
  which: 'control' | 'data',
): PeerConnection {
  const connection = new PeerConnection(stage.connectTo(first)[which]);
  const passed: string[] = [];
  for (const host of rest) {
    if (which === 'control') {
      connection.connection.send(encodeRequest({ type: 'version', major: 2, minor: 13 }, 13));
      stage.pass(500);
      connection.received = new Uint8Array(0);
    }
    const request = { type: 'forward', passed, next: nextOf(host, which) } as const;
    connection.connection.send(encodeRequest(request, 13));
    stage.pass(1000);
    const reply = must(decodeReply('forward', connection.received, 13))?.reply;
    expect(reply).toMatchObject({ code: 10, reason: '' });
    passed.push(reply?.relay ?? '');
    connection.received = new Uint8Array(0);
  }
  return connection;
}

function peerThrough(stage: HopStage, way: readonly [HopHost, ...string[]]): StagedPeer {
  const control = passing(stage, way, 'control');
  const data = passing(stage, way, 'data');
  return new StagedPeer(stage, control, data, { sessionId: 3n, liveTimerUs: 0 });
}

/** The numbers of the events in all traces of the relay, ascending. */
function eventsAt(stage: HopStage, host: HopHost): number[] {
  return numbersOf(readTraceOf(stage.disk(host).files, OUTPUT));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function begun(stage: HopStage, way: readonly [HopHost, ...string[]] = WAY): Sender {
  const sender = stage.sender(way);
  expect([sender.begin(10_000), ...sender.outcomes]).toEqual([true, 'ready']);
  return sender;
}

describe('a way through two relays', () => {
  it.each(SEEDS)(
    'ends in files that are those of a direct way, byte for byte (seed %i)',
    (seed) => {
      const direct = new HopStage(seed, { quirks: QUIRKS });
      const expected = stream(direct, peerThrough(direct, ['store']));
      const stage = new HopStage(seed + 100, { quirks: QUIRKS });
      expect(stream(stage, peerThrough(stage, WAY))).toEqual(expected);
      for (const hop of HOPS) expect(storedFiles(stage.disk(hop))).toEqual({});
    },
  );

  it.each(SEEDS)(
    'brings what a consumer recorded, under the name of its host (seed %i)',
    (seed) => {
      const stage = new HopStage(seed, { quirks: QUICK });
      const sender = begun(stage);
      sender.emit(30_000);
      sender.flush(1);
      stage.pass(2000);
      sender.emit(10);
      sender.end();
      stage.pass(20_000);
      expect(sender.outcomes).toEqual(['ready', 'flushed 1 ', 'released']);
      expect(eventsAt(stage, 'store')).toEqual(upTo(30_010));
      for (const path of Object.keys(storedFiles(stage.disk('store')))) {
        expect(path).toMatch(/^traced\/web-\d{8}-\d{6}\/ust\/pid\/shop-77-/);
      }
      for (const hop of HOPS) expect(storedFiles(stage.disk(hop))).toEqual({});
      for (const host of WAY) expect(stage.connections(host)).toBe(0);
    },
  );

  it('takes every address of a name', () => {
    const stage = new HopStage(6);
    // Nobody has the first address of either name; the host of the third one does not listen.
    stage.network.names.set('second', ['10.0.0.77', ADDRESSES.second]);
    stage.network.names.set('store', ['10.0.0.77', ADDRESSES.traced, ADDRESSES.store]);
    expect(begun(stage, WAY).outcomes).toEqual(['ready']);
  });
});

describe('a way that cannot be', () => {
  const every = { first: ['*'], second: ['*'], store: ['*'] };
  it.each<[string, readonly [HopHost, ...string[]], string]>([
    [
      'to nowhere',
      ['first', 'store'],
      '10.0.0.2 5342: the relay refused forward: it does not forward to store 5342',
    ],
    [
      'through a relay that forwards nothing',
      ['store', 'first'],
      '10.0.0.4 5342: the relay refused forward: it forwards nothing',
    ],
    [
      'to an address instead of the name',
      ['first', ADDRESSES.second],
      '10.0.0.2 5342: the relay refused forward: it does not forward to 10.0.0.3 5342',
    ],
  ])('is refused: %s', (_, way, reason) => {
    const stage = new HopStage(1);
    expectRefused(stage, way, reason);
  });

  it.each<[string, readonly [HopHost, ...string[]], string]>([
    [
      'back to a relay',
      ['first', 'second', 'first', 'store'],
      'first 5342: the relay refused forward: the way passes this relay twice',
    ],
    [
      'under another name',
      ['first', 'second', 'alias', 'store'],
      'alias 5342: the relay refused forward: the way passes this relay twice',
    ],
    [
      'by its address',
      ['first', ADDRESSES.first, 'store'],
      '10.0.0.2 5342: the relay refused forward: the way passes this relay twice',
    ],
    [
      'to itself',
      ['first', 'localhost', 'store'],
      'localhost 5342: the relay refused forward: the way passes this relay twice',
    ],
    [
      'that stores',
      ['first', 'second', 'alias'],
      'alias 5342: the relay refused arrive: the way passes this relay twice',
    ],
    [
      'to a name that nobody has',
      ['first', 'nobody', 'store'],
      '10.0.0.2 5342: the relay refused forward: nobody 5342 has no address (ENOTFOUND)',
    ],
  ])('is refused: a loop %s', (_, way, reason) => {
    const stage = new HopStage(2, { forwards: every });
    stage.network.names.set('alias', [ADDRESSES.first]);
    expectRefused(stage, way, reason);
  });

  it('is refused: the third relay is not there', () => {
    const stage = new HopStage(3);
    stage.hosts.store.kill(stage.pidOf('store'));
    stage.pass(500);
    expectRefused(
      stage,
      WAY,
      'second 5342: the relay refused forward: store 5342 cannot be reached (ECONNREFUSED)',
    );
  });

  it('is refused after its time: the third relay does not answer', () => {
    const stage = new HopStage(4);
    stage.network.partition('second', 'store');
    const sender = stage.sender(WAY);
    stage.pass(DIAL_MS_MAX + 2000);
    expect(sender.outcomes).toEqual([
      'second 5342: the relay refused forward: store 5342 did not answer in time',
    ]);
    stage.pass(20_000);
    for (const host of WAY) expect(stage.connections(host)).toBe(0);
  });

  it('is given up when all of it takes too long, although each relay answers in its time', () => {
    const stage = new HopStage(6);
    stage.network.names.delayMs = RELAY_WAY_MS_MAX / 4;
    const sender = stage.sender(WAY);
    stage.pass(RELAY_WAY_MS_MAX - 2000);
    expect(sender.outcomes).toEqual([]);
    stage.pass(2100);
    expect(sender.outcomes).toEqual(['store 5342: the way to the relay takes too long']);
    stage.pass(20_000);
    for (const host of WAY) expect(stage.connections(host)).toBe(0);
  });

  it('is refused whole: control arrives, and data does not', () => {
    const stage = new HopStage(5, { forwards: { first: ['second'], second: ['store:5342'] } });
    expectRefused(
      stage,
      WAY,
      'second 5343: the relay refused forward: it does not forward to store 5343',
    );
  });
});

function expectRefused(
  stage: HopStage,
  way: readonly [HopHost, ...string[]],
  reason: string,
): void {
  const sender = stage.sender(way);
  stage.pass(20_000);
  expect(sender.outcomes).toEqual([reason]);
  stage.pass(20_000);
  for (const host of WAY) {
    expect(stage.connections(host)).toBe(0);
    expect(storedFiles(stage.disk(host))).toEqual({});
  }
}

describe('a relay on the way', () => {
  it.each(HOPS)('that dies ends both sides (%s)', (hop) => {
    const stage = new HopStage(1);
    const sender = begun(stage);
    sender.emit(1000);
    sender.flush(1);
    stage.pass(2000);
    stage.hosts[hop].kill(stage.pidOf(hop));
    stage.pass(20_000);
    expect(sender.outcomes).toEqual([
      'ready',
      'flushed 1 ',
      'store 5342: the relay closed the connection, or one on the way to it (10.0.0.2 5342, second 5342)',
    ]);
    for (const host of WAY) expect(stage.connections(host)).toBe(0);
    expect(eventsAt(stage, 'store')).toEqual(upTo(1000));
  });

  it('whose host loses power is found out by both sides', () => {
    const stage = new HopStage(2);
    const sender = begun(stage);
    sender.emit(1000);
    sender.flush(1);
    stage.pass(2000);
    stage.hosts.second.crashMachine();
    stage.pass(300_000);
    expect(sender.outcomes.at(-1)).toMatch(/^store 5342: the relay closed/);
    for (const host of ['first', 'store'] as const) expect(stage.connections(host)).toBe(0);
  });

  it.each(SEEDS)('resets: what was acknowledged is stored, nothing twice (seed %i)', (seed) => {
    const stage = new HopStage(seed);
    const sender = begun(stage);
    for (let burst = 0; burst < 10; burst++) {
      sender.emit(2000);
      sender.flush(burst);
      stage.pass(20);
    }
    const [end] = stage.network.endsOf(seed % 2 === 0 ? 'first' : 'second');
    end?.reset();
    stage.pass(30_000);
    expect(sender.outcomes.at(-1)).toMatch(/closed the connection|^flushed/);
    const events = eventsAt(stage, 'store');
    expect(events).toEqual(upTo(events.length));
    for (const host of WAY) expect(stage.connections(host)).toBe(0);
  });

  it.each(SEEDS)('that is cut off for a while loses nothing (seed %i)', (seed) => {
    const stage = new HopStage(seed, { quirks: QUICK });
    const sender = begun(stage);
    sender.emit(5000);
    sender.flush(1);
    stage.network.partition('first', 'second');
    stage.pass(5000);
    sender.emit(5000);
    stage.network.heal('first', 'second');
    sender.end();
    stage.pass(20_000);
    expect(sender.outcomes).toContain('released');
    expect(eventsAt(stage, 'store')).toEqual(upTo(10_000));
  });

  it('holds few bytes of a fast sender for a slow relay, and loses none', () => {
    const stage = new HopStage(7);
    const peer = peerThrough(stage, WAY);
    stage.network.setPace('second', 'store', { bytesPerSecond: 200_000 });
    const packets = 40;
    const bytes = 100_000;
    for (let sequence = 0; sequence < packets; sequence++) peer.packet(sequence, bytes);
    stage.pass((packets * bytes) / 200 + 5000);
    expect(storedFiles(stage.disk('store'))[`${peer.path}/ust/ch_0`]).toHaveLength(
      2 * packets * bytes,
    );
    for (const hop of HOPS) {
      const { pendingBytesPeak = 0 } = stage.hosts[hop].process(stage.pidOf(hop)) ?? {};
      expect(pendingBytesPeak).toBeLessThanOrEqual(TUNNEL_BYTES_MAX + UNREAD_BYTES);
      expect(pendingBytesPeak).toBeGreaterThan(0);
    }
  });

  it('ends on SIGTERM, and so do the connections that it forwards', () => {
    const stage = new HopStage(8);
    const sender = begun(stage);
    stage.hosts.first.signal(stage.pidOf('first'), 'SIGTERM');
    stage.pass(20_000);
    expect(stage.hosts.first.process(stage.pidOf('first'))?.exit).toEqual({ code: 0 });
    expect(sender.outcomes.at(-1)).toMatch(/^store 5342: the relay closed the connection, or one/);
    for (const host of WAY) expect(stage.connections(host)).toBe(0);
  });

  it('cuts off a peer that does not wait for the reply', () => {
    const stage = new HopStage(9);
    for (const which of ['control', 'data'] as const) {
      const hasty = new PeerConnection(stage.connectTo('first')[which]);
      const request = { type: 'forward', passed: [], next: nextOf('second', which) } as const;
      const version = encodeRequest({ type: 'version', major: 2, minor: 13 }, 13);
      hasty.connection.send(
        Buffer.concat([
          which === 'control' ? version : new Uint8Array(0),
          encodeRequest(request, 13),
          Uint8Array.of(0),
        ]),
      );
      stage.pass(5000);
      expect(hasty.reason).not.toBe('');
    }
    const reasons = stage.hosts.first.log
      .filter(({ event }) => event === 'peer.cutOff')
      .map(({ fields }) => fields['reason']);
    expect(reasons).toEqual(
      Array.from({ length: 2 }, () => 'did not wait for the reply to forward'),
    );
    expect(stage.logged('first')).not.toContain('relay.forwarding');
  });
});
