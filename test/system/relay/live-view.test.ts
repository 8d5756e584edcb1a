/**
 * Our viewer on a host of its own: it shows every event that the relay has, once and in order of time over all
 * streams; a stream without events holds nobody up; it fetches no more than it prints; and it ends with the session, on
 * a signal, or with one sentence when the relay is gone.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUIRKS } from '../../../sim/machine/core/quirks.ts';
import { SILENCE_MS_MIN } from '../../../src/view/live/limits.ts';
import { declaration, type LiveEvent, METADATA } from '../../support/relay/live-trace.ts';
import { EVERYTHING, LivePeer, ViewerHost } from '../../support/simulated/live-stage.ts';
import { RelayStage } from '../../support/simulated/relay-stage.ts';

const event = (timeNs: number, id = 0): LiveEvent => ({ timeNs: BigInt(timeNs), n: timeNs, id });
const events = (...times: number[]): LiveEvent[] => times.map((time) => event(time));
const FOLLOWED = { problems: 0, packetsLeftOut: 0 };

describe('a viewer of live sessions', () => {
  it('shows all events of all streams once, in order of time', () => {
    const step = fc.record({
      stream: fc.nat({ max: 2 }),
      gap: fc.integer({ min: 1, max: 9 }),
      count: fc.integer({ min: 0, max: 4 }),
      waitMs: fc.integer({ min: 0, max: 400 }),
    });
    const plan = fc.record({ seed: fc.nat(), steps: fc.array(step, { maxLength: 12 }) });
    fc.assert(
      fc.property(plan, ({ seed, steps }) => {
        const stage = new RelayStage(seed, QUIRKS);
        const peer = new LivePeer(stage);
        const [early, late] = [new ViewerHost(stage, 'a'), new ViewerHost(stage, 'bb')];
        peer.addStream();
        stage.pass(2000);
        let now = 1;
        for (const [index, { stream, gap, count, waitMs }] of steps.entries()) {
          // A stream that begins in between.
          if (index === 3) peer.addStream();
          if (stream === 2 && index < 3) continue;
          now += gap;
          const times = Array.from({ length: count }, () => (now += 1));
          if (count === 0) peer.beacon(stream, BigInt(now));
          else peer.send(stream, events(...times));
          stage.pass(waitMs);
        }
        peer.end();
        stage.pass(60_000);
        const all = steps.length === 0 ? [] : early.numbers.toSorted((a, b) => a - b);
        expect(early.numbers).toEqual(all);
        expect(new Set(all).size).toBe(early.outcome?.summary?.events);
        expect(late.numbers).toEqual(all);
        expect(early.outcome).toMatchObject({ summary: FOLLOWED });
        expect(early.outcome?.failure).toBeUndefined();
        const sent = steps.filter(({ stream }, index) => stream !== 2 || index >= 3);
        expect(all).toHaveLength(sent.reduce((sum, { count }) => sum + count, 0));
      }),
      { numRuns: 30 },
    );
  });

  it('waits for a stream without events until its beacon, and for none that is silent', () => {
    const stage = new RelayStage(1);
    const peer = new LivePeer(stage);
    peer.addStream();
    const viewer = new ViewerHost(stage, 'a');
    peer.send(0, events(10, 20, 30));
    stage.pass(1000);
    expect(viewer.numbers).toEqual([]);
    peer.beacon(1, 19n);
    stage.pass(1000);
    expect(viewer.numbers).toEqual([10]);
    peer.send(1, events(25));
    stage.pass(1000);
    expect(viewer.numbers).toEqual([10, 20, 25]);
    stage.pass(SILENCE_MS_MIN + 1000);
    expect(viewer.numbers).toEqual([10, 20, 25, 30]);
    expect(viewer.notes).toEqual([expect.stringMatching(/ch_\d: the relay has told nothing new/)]);
    // It is late, and is shown all the same.
    peer.send(1, events(26));
    peer.end();
    stage.pass(10_000);
    expect(viewer.numbers).toEqual([10, 20, 25, 30, 26]);
    expect(viewer.outcome).toMatchObject({ summary: { ...FOLLOWED, events: 5 } });
  });

  it('reads metadata that grows before the packets that need it, and says what is never declared', () => {
    const stage = new RelayStage(2);
    const peer = new LivePeer(stage);
    const viewer = new ViewerHost(stage, 'a');
    peer.send(0, events(1));
    stage.pass(1000);
    peer.send(0, [event(2, 1)]);
    stage.pass(2000);
    expect(viewer.numbers).toEqual([1]);
    peer.declare(declaration(1));
    stage.pass(2000);
    expect(viewer.numbers).toEqual([1, 2]);
    peer.send(0, [event(3, 2)]);
    peer.send(0, events(4));
    stage.pass(20_000);
    peer.end();
    stage.pass(10_000);
    expect(viewer.numbers).toEqual([1, 2]);
    expect(viewer.notes).toEqual([expect.stringMatching(/event class 2 is not in the metadata/)]);
    expect(viewer.outcome).toMatchObject({ summary: { problems: 1, packetsLeftOut: 1 } });
  });

  it('fetches no packet before there is metadata', () => {
    const stage = new RelayStage(9);
    const peer = new LivePeer(stage, { metadata: '' });
    const viewer = new ViewerHost(stage, 'a');
    peer.send(0, events(1));
    stage.pass(3000);
    peer.declare(METADATA + declaration(0));
    stage.pass(3000);
    expect([viewer.numbers, viewer.notes]).toEqual([[1], []]);
  });

  it('begins with the first packet, or with the next one', () => {
    const stage = new RelayStage(3);
    const peer = new LivePeer(stage);
    peer.send(0, events(1));
    stage.pass(1000);
    const [whole, rest] = [
      new ViewerHost(stage, 'a'),
      new ViewerHost(stage, 'bb', { target: { ...EVERYTHING, seek: 'last' } }),
    ];
    stage.pass(1000);
    peer.send(0, events(2));
    stage.pass(1000);
    peer.end();
    stage.pass(10_000);
    expect([whole.numbers, rest.numbers]).toEqual([[1, 2], [2]]);
  });

  it('merges the sessions that match, and lists them', () => {
    const stage = new RelayStage(4);
    const [one, other] = [
      new LivePeer(stage),
      new LivePeer(stage, { liveTimerUs: 500_000, sessionId: 4n }),
    ];
    one.send(0, events(1, 3));
    other.send(0, events(2, 4));
    const viewer = new ViewerHost(stage, 'a');
    const list = new ViewerHost(stage, 'bb', { target: { ...EVERYTHING, session: '' } });
    const nothing = new ViewerHost(stage, 'ccc', { target: { ...EVERYTHING, session: 'other' } });
    stage.pass(5000);
    one.end();
    other.end();
    stage.pass(10_000);
    expect(viewer.numbers).toEqual([1, 2, 3, 4]);
    expect(list.outcome?.sessions).toMatchObject([
      { name: 'web', host: 'box', liveTimerUs: 1_000_000, streams: 2 },
      { name: 'web', host: 'box', liveTimerUs: 500_000, streams: 2 },
    ]);
    expect(nothing.outcome).toEqual({
      failure: {
        code: 'NO_SESSION',
        reason: 'the relay has no live session */other with traces in CTF 1.8',
      },
    });
  });

  it('fetches no packet while its output takes nothing', () => {
    const stage = new RelayStage(5);
    const peer = new LivePeer(stage);
    const viewer = new ViewerHost(stage, 'a', { fullForMs: 60_000 });
    const ofPacket = (index: number): LiveEvent[] =>
      events(...Array.from({ length: 2000 }, (_, at) => 2000 * index + at));
    for (let index = 0; index < 10; index++) {
      peer.send(0, ofPacket(index));
      stage.pass(500);
    }
    const shown = viewer.lines.length;
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThan(2000);
    stage.pass(30_000);
    expect(viewer.lines.length).toBe(shown);
    peer.end();
    stage.pass(60_000);
    expect(viewer.numbers).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
  });

  it('counts the packets that were cleared', () => {
    const stage = new RelayStage(6);
    const peer = new LivePeer(stage);
    peer.addStream();
    const viewer = new ViewerHost(stage, 'a');
    for (let time = 1; time <= 3; time++) peer.send(0, events(time));
    // It has the index of the first packet, and waits for the other stream.
    stage.pass(2000);
    peer.clear();
    peer.beacon(1, 9n);
    peer.send(0, events(4));
    peer.send(0, events(5));
    stage.pass(20_000);
    peer.end();
    stage.pass(10_000);
    expect(viewer.numbers).toEqual([4, 5]);
    expect(viewer.notes).toEqual([expect.stringMatching(/the relay does not have it any more/)]);
    expect(viewer.outcome).toMatchObject({ summary: { packetsLeftOut: 1 } });
  });

  it('ends on a signal with what it has, and on the second one at once', () => {
    const stage = new RelayStage(7);
    const peer = new LivePeer(stage);
    peer.addStream();
    const [viewer, stuck] = [
      new ViewerHost(stage, 'a'),
      new ViewerHost(stage, 'bb', { fullForMs: 10_000_000 }),
    ];
    const closed = new ViewerHost(stage, 'ccc', { fullForMs: 10_000_000, closedAtMs: 20_000 });
    peer.beacon(1, 15n);
    peer.send(0, events(10, 20));
    stage.pass(3000);
    for (const { numbers } of [viewer, stuck, closed]) expect(numbers).toEqual([10]);
    viewer.signal('SIGINT');
    stuck.signal('SIGINT');
    stage.pass(1000);
    expect(viewer.numbers).toEqual([10, 20]);
    expect(viewer.outcome).toEqual({ summary: expect.objectContaining({ events: 2 }) as object });
    expect(stuck.outcome).toBeUndefined();
    stuck.signal('SIGINT');
    stage.pass(20_000);
    for (const { outcome } of [stuck, closed]) {
      expect(outcome).toEqual({ summary: expect.objectContaining({ events: 1 }) as object });
    }
  });

  it('says that the relay is gone, after what it has', () => {
    const stage = new RelayStage(8);
    const peer = new LivePeer(stage);
    peer.addStream();
    const viewer = new ViewerHost(stage, 'a');
    const nobody = new ViewerHost(stage, 'bb', { port: 5399 });
    const nowhere = new ViewerHost(stage, 'ccc', { address: '10.0.0.9' });
    peer.beacon(1, 15n);
    peer.send(0, events(10, 20));
    stage.pass(3000);
    stage.store.signal(stage.relayPid, 'SIGKILL');
    stage.pass(20_000);
    expect(viewer.numbers).toEqual([10, 20]);
    expect(viewer.outcome).toMatchObject({
      summary: { events: 2 },
      failure: { code: 'RELAY_LOST', reason: 'the relay closed the connection' },
    });
    for (const { outcome } of [nobody, nowhere]) {
      expect(outcome?.failure?.code).toBe('RELAY_UNREACHABLE');
    }
  });
});
