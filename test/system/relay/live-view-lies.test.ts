/**
 * Our viewer and a relay that lies: what is wrong ends the connection with one sentence, or leaves out what the viewer
 * cannot have; the viewer holds no more than its limits, and can always be ended.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VIEWER_REPLY_MS_MAX } from '../../../src/effects/connections/relay-viewer.ts';
import { FOLLOWED_MAX, PACKET_BYTES_MAX } from '../../../src/view/live/limits.ts';
import { encodeViewerReply, type ViewerRequest } from '../../../src/wire/live/requests.ts';
import { ViewerHost } from '../../support/simulated/live-stage.ts';
import {
  honest,
  INDEX,
  type Lie,
  PACKET,
  ScriptedViewing,
  STREAM,
} from '../../support/simulated/scripted-viewing.ts';

const MINOR = 4;
const NO_NEWS = { hasNewMetadata: false, hasNewStreams: false };

/** Lies in the first reply to requests of this type. */
const first =
  (type: ViewerRequest['type'], lie: () => Uint8Array | 'silence'): Lie =>
  (request, count) =>
    request.type === type && count === 0 ? lie() : undefined;
const words = (...numbers: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  for (const [index, number] of numbers.entries()) view.setUint32(4 * index, number);
  return new Uint8Array(view.buffer);
};
const packet = (content: Uint8Array): Uint8Array =>
  encodeViewerReply('get-packet', { ...NO_NEWS, status: 'ok', content }, MINOR);
const index = (changes: Partial<typeof INDEX>): Uint8Array =>
  encodeViewerReply('get-next-index', { ...INDEX, ...changes }, MINOR);

function show(lie: Lie, forMs = 60_000): ViewerHost {
  const stage = new ScriptedViewing(1, lie);
  const viewer = new ViewerHost(stage, 'a');
  stage.pass(forMs);
  return viewer;
}

const WRONG = 'the relay breaks the protocol: ';

describe('a relay that', () => {
  it('tells the truth is followed to the end', () => {
    const viewer = show(() => undefined);
    expect(viewer.numbers).toEqual([1, 2, 3]);
    expect(viewer.outcome).toMatchObject({
      summary: { events: 3, problems: 0, packetsLeftOut: 0 },
    });
  });

  it.each<[string, string, Lie]>([
    ['lists too many sessions', 'number of sessions', first('list-sessions', () => words(5000))],
    ['tells too many streams', 'number of streams', first('attach', () => words(1, 8193))],
    ['invents a status', 'status: is 9', first('create-viewer', () => words(9))],
    ['has endless metadata', 'length: is', first('get-metadata', () => words(1, 0, 1))],
    [
      'sends half a packet',
      'sends 8 bytes of a packet',
      first('get-packet', () => packet(PACKET.slice(0, 8))),
    ],
    [
      'sends too much',
      'sends 200 bytes of a packet',
      first('get-packet', () => packet(new Uint8Array(200))),
    ],
    [
      'tells a stream twice',
      'tells stream 2 twice',
      first('attach', () =>
        encodeViewerReply('attach', { status: 'ok', streams: [STREAM, STREAM] }, MINOR),
      ),
    ],
  ])('%s is cut off', (_, reason, lie) => {
    const { outcome } = show(lie);
    expect(outcome?.failure).toEqual({
      code: 'RELAY_LOST',
      reason: expect.stringContaining(reason) as string,
    });
    expect(outcome?.failure?.reason.startsWith(WRONG)).toBe(true);
  });

  it('tells ever more streams is cut off past the limit', () => {
    let told = 2n;
    const more: Lie = (request) => {
      if (request.type === 'get-next-index') return index({ status: 'retry', hasNewStreams: true });
      if (request.type !== 'get-new-streams') return undefined;
      const streams = Array.from({ length: 256 }, () => {
        told += 1n;
        return { ...STREAM, stream: told };
      });
      return encodeViewerReply('get-new-streams', { status: 'ok', streams }, MINOR);
    };
    const { outcome } = show(more, 600_000);
    expect(outcome?.failure?.reason).toBe(`${WRONG}tells more than ${FOLLOWED_MAX} streams`);
    expect(told).toBeLessThan(BigInt(FOLLOWED_MAX + 512));
  });

  it('says nothing of new streams while others rest is asked for them', () => {
    let [hasTold, hasSent] = [false, false];
    const silent: Lie = (request) => {
      if (request.type === 'get-new-streams') {
        if (hasTold) return undefined;
        hasTold = true;
        const streams = [{ ...STREAM, stream: 3n, channel: 'ch_1' }];
        return encodeViewerReply('get-new-streams', { status: 'ok', streams }, MINOR);
      }
      if (request.type !== 'get-next-index') return undefined;
      if (request.stream === 2n) return index({ status: hasSent ? 'hung-up' : 'inactive' });
      if (hasSent) return index({ status: 'hung-up' });
      hasSent = true;
      return index({});
    };
    const viewer = show(silent);
    expect(viewer.numbers).toEqual([1, 2, 3]);
    expect(viewer.outcome).toMatchObject({ summary: { events: 3, problems: 0 } });
  });

  it('does not answer is given up', () => {
    for (const type of ['connect', 'attach', 'get-next-index'] as const) {
      const { outcome } = show(
        first(type, () => 'silence'),
        2 * VIEWER_REPLY_MS_MAX + 5000,
      );
      expect(outcome?.failure).toEqual({ code: 'RELAY_LOST', reason: 'the relay does not answer' });
    }
  });

  it.each<[string, string, Lie]>([
    ['says an odd size', 'it has 7 bits', first('get-next-index', () => index({ packetBits: 7n }))],
    ['says no size', 'it has 0 bits', first('get-next-index', () => index({ packetBits: 0n }))],
    [
      'has a packet past the limit',
      `it has ${PACKET_BYTES_MAX + 1} bytes, more than ${PACKET_BYTES_MAX}`,
      first('get-next-index', () => index({ packetBits: 8n * BigInt(PACKET_BYTES_MAX + 1) })),
    ],
    [
      'has lost the packet at the limit',
      'the relay does not have it any more',
      (request) => {
        if (request.type === 'get-next-index' && request.stream === 2n) return undefined;
        if (request.type !== 'get-packet') return undefined;
        return encodeViewerReply(
          'get-packet',
          { ...NO_NEWS, status: 'end-of-file', content: new Uint8Array(0) },
          MINOR,
        );
      },
    ],
    [
      'promises a packet for ever',
      'the relay does not have it any more',
      (request) =>
        request.type === 'get-packet'
          ? encodeViewerReply(
              'get-packet',
              { ...NO_NEWS, status: 'retry', content: new Uint8Array(0) },
              MINOR,
            )
          : undefined,
    ],
  ])('%s is read without it', (_, reason, lie) => {
    const viewer = show(lie);
    expect(viewer.notes).toEqual([expect.stringContaining(reason)]);
    expect(viewer.outcome).toMatchObject({
      summary: { events: 0, problems: 0, packetsLeftOut: 1 },
    });
    expect(viewer.outcome?.failure).toBeUndefined();
  });

  it.each<[string, string, number, Lie]>([
    [
      'sends other bytes',
      'its magic number is wrong',
      0,
      first('get-packet', () => packet(new Uint8Array(PACKET.byteLength))),
    ],
    [
      'says a size that is not the one of the packet',
      'cut off after 96 bytes',
      2,
      first('get-next-index', () => index({ packetBits: 8n * 96n })),
    ],
    [
      'has metadata that is none',
      'the trace has no byte order',
      0,
      first('get-metadata', () =>
        encodeViewerReply(
          'get-metadata',
          { status: 'ok', content: new Uint8Array(64).fill(0x7d) },
          MINOR,
        ),
      ),
    ],
  ])('%s gives a problem', (_, reason, events, lie) => {
    const viewer = show(lie);
    expect(viewer.notes.join('\n')).toContain(reason);
    expect(viewer.outcome?.failure).toBeUndefined();
    expect(viewer.outcome).toMatchObject({ summary: { events } });
  });

  it('sends any bytes leaves a viewer that can be ended', () => {
    const change = fc.record({
      reply: fc.nat({ max: 12 }),
      at: fc.nat(),
      byte: fc.nat({ max: 255 }),
    });
    const changes = fc.array(change, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(changes, fc.nat(), (all, seed) => {
        let replies = 0;
        const stage = new ScriptedViewing(seed, (request, count) => {
          const bytes = honest(request, count).slice();
          for (const { reply, at, byte } of all) {
            if (reply === replies) bytes[at % bytes.byteLength] = byte;
          }
          replies += 1;
          return bytes;
        });
        const viewer = new ViewerHost(stage, 'a');
        stage.pass(60_000);
        for (let signals = 0; signals < 2 && viewer.outcome === undefined; signals++) {
          viewer.signal('SIGINT');
          stage.pass(1000);
        }
        expect(viewer.outcome).toBeDefined();
        expect(viewer.violations).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
