/** A viewer's requests and the replies to them, split anywhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ViewerConversation } from '../../../../../src/wire/live/conversation.ts';
import { encodeViewerReply } from '../../../../../src/wire/live/requests.ts';

const MINOR = 13;
const NO_NEWS = { hasNewMetadata: false, hasNewStreams: false };

/** Asks for as many packets, and notes the first byte of each reply. */
function asked(count: number): { conversation: ViewerConversation; got: number[] } {
  const conversation = new ViewerConversation();
  conversation.minor = MINOR;
  const got: number[] = [];
  for (let at = 0; at < count; at++) {
    const packet = { stream: 1n, offset: 0n, byteLength: 1 };
    conversation.ask('get-packet', packet, ({ content }) => void got.push(content[0] ?? -1));
  }
  return { conversation, got };
}

const reply = (fill: number, byteLength: number): Uint8Array => {
  const content = new Uint8Array(byteLength).fill(fill);
  return encodeViewerReply('get-packet', { ...NO_NEWS, status: 'ok', content }, MINOR);
};

describe('ViewerConversation', () => {
  it('hands on each reply once, however the bytes are split', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 });
    const pieces = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, pieces, (lengths, cuts) => {
        const { conversation, got } = asked(lengths.length);
        const bytes = Buffer.concat(lengths.map((length, at) => reply(at, length)));
        for (let at = 0, turn = 0; at < bytes.byteLength; turn++) {
          const end = at + (cuts[turn % cuts.length] ?? 1);
          expect(conversation.receive(bytes.subarray(at, end))).toBeUndefined();
          at = end;
        }
        expect(got).toEqual(lengths.map((_, at) => at));
        expect(conversation.isOwed).toBe(false);
        expect(conversation.replies).toBe(lengths.length);
      }),
    );
  });

  it('says that bytes answer nothing, and what cannot be decoded', () => {
    const { conversation, got } = asked(1);
    expect(conversation.receive(Buffer.concat([reply(7, 1), Uint8Array.of(0)]))).toBe(
      'bytes came that answer nothing',
    );
    expect(got).toEqual([7]);
    const other = asked(1).conversation;
    expect(other.receive(new Uint8Array(12))).toMatch(/reply to get-packet: status: is 0/);
  });

  it('hands on nothing after its end', () => {
    const { conversation, got } = asked(2);
    const both = Buffer.concat([reply(1, 1), reply(2, 1)]);
    const ending = asked(1).conversation;
    ending.ask('list-sessions', {}, () => ending.end());
    conversation.receive(both.subarray(0, 14));
    conversation.end();
    expect(conversation.receive(both.subarray(14))).toBeUndefined();
    expect([got, conversation.isOwed]).toEqual([[1], false]);
  });
});
