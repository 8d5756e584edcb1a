/** The limits of what a viewer fetches, at them and past them. */
import { expect, it } from 'vitest';
import { FollowedSession } from '../../../../../src/view/live/followed-session.ts';
import { PACKET_BYTES_MAX, PACKETS_BYTES_MAX } from '../../../../../src/view/live/limits.ts';
import { LiveStream } from '../../../../../src/view/live/live-stream.ts';
import { LiveTrace } from '../../../../../src/view/live/live-trace.ts';
import { fetchPacket } from '../../../../../src/view/live/packet-fetch.ts';
import { INDEX } from '../../../../support/simulated/scripted-viewing.ts';

const SESSION = { session: 1n, liveTimerUs: 0, viewers: 0, streams: 0, host: 'box', name: 'web' };

/** What is asked for, or why nothing is. */
function asked(byteLength: number, heldBytes: number): string {
  const session = new FollowedSession(SESSION, 'net://store');
  const trace = new LiveTrace('net://store', { windows: 0 });
  const stream = new LiveStream({ id: 1n, path: 'ch_0' }, session, trace, 1);
  stream.locate({ ...INDEX, packetBits: 8n * BigInt(byteLength) });
  let outcome = '';
  fetchPacket(stream, {
    ask: (type) => {
      outcome = type;
    },
    heldBytes,
    onNews: () => undefined,
    onPacket: () => undefined,
    onLater: () => undefined,
    onMissing: (reason) => {
      outcome = reason;
    },
    onLie: () => undefined,
  });
  return outcome;
}

it('one packet has a limit, and all that are held have one', () => {
  expect(asked(PACKET_BYTES_MAX, 0)).toBe('get-packet');
  expect(asked(PACKET_BYTES_MAX + 1, 0)).toMatch(/more than 67108864/);
  expect(asked(1000, PACKETS_BYTES_MAX - 1000)).toBe('get-packet');
  expect(asked(1000, PACKETS_BYTES_MAX - 999)).toMatch(/more than 268435456/);
});
