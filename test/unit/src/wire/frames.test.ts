/** The parser finds all frames for any split of the stream, and the decoder accepts plain, bounded values only. */
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { decodeBody, encodeFrame, FrameParser } from '../../../../src/wire/frames.ts';
import {
  FRAME_BYTES_MAX,
  MESSAGE_DEPTH_MAX,
  MESSAGE_VALUES_MAX,
} from '../../../../src/wire/limits.ts';

const anything = v.unknown();
function frameOf(message: unknown): Uint8Array {
  const frame = encodeFrame(message);
  if (!frame.ok) throw new Error(frame.error);
  return frame.value;
}
const bodyOf = (message: unknown): Uint8Array => frameOf(message).subarray(4);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe('FrameParser', () => {
  it('push() yields the same bodies whole, byte by byte and at any split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ type: fc.string(), value: fc.maxSafeInteger() }), { minLength: 1 }),
        fc.array(fc.nat(200)),
        (messages, cuts) => {
          const frames = messages.map((message) => frameOf(message));
          const all = Buffer.concat(frames);
          const parser = new FrameParser();
          const bodies: Uint8Array[] = [];
          let offset = 0;
          for (const cut of [...cuts, all.byteLength]) {
            const pushed = parser.push(all.subarray(offset, offset + cut));
            expect(pushed.trouble).toBeUndefined();
            bodies.push(...pushed.bodies);
            offset += cut;
          }
          const decoded = bodies.map((body) => decodeBody(body, anything));
          expect(decoded).toEqual(messages.map((value) => ({ ok: true, value })));
        },
      ),
    );
  });

  it('push() returns the complete bodies before an invalid header', () => {
    const whole = frameOf({ type: 'hello' });
    const bad = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
    const { bodies, trouble } = new FrameParser().push(Buffer.concat([whole, whole, bad, whole]));
    expect(bodies).toHaveLength(2);
    expect(trouble).toContain('more than');
  });

  it('push() takes the largest frame byte by byte, copying each byte a bounded number of times', () => {
    const body = new Uint8Array(FRAME_BYTES_MAX).fill(7);
    const frame = Buffer.concat([Buffer.from([0, 0, 4, 0]), body]);
    const parser = new FrameParser();
    const one = new Uint8Array(1);
    let bodies: readonly Uint8Array[] = [];
    const wholeAt: number[] = [];
    let copied = 0;
    const set = Uint8Array.prototype.set;
    Uint8Array.prototype.set = function (from, at): void {
      copied += from.length;
      set.call(this, from, at);
    };
    try {
      for (const [index, byte] of frame.entries()) {
        one[0] = byte;
        bodies = parser.push(one).bodies;
        if (bodies.length > 0) wholeAt.push(index);
      }
    } finally {
      Uint8Array.prototype.set = set;
    }
    expect(wholeAt).toEqual([frame.length - 1]);
    expect(Buffer.compare(bodies[0] ?? one, body)).toBe(0);
    expect(copied).toBeLessThan(4 * frame.length);
    expect(parser.heldBytes).toBe(0);
  });

  it('push() accepts a body at the bound and refuses one past it before it arrives', () => {
    const header = (bytes: number): Uint8Array => {
      const view = new DataView(new ArrayBuffer(4));
      view.setUint32(0, bytes, true);
      return new Uint8Array(view.buffer);
    };
    expect(new FrameParser().push(header(FRAME_BYTES_MAX))).toEqual({ bodies: [] });
    expect(new FrameParser().push(header(FRAME_BYTES_MAX + 1)).trouble).toContain('more than');
  });
});

describe('decodeBody()', () => {
  it('refuses extensions: it never builds dates, sets, expressions or errors', () => {
    const packr = new Packr({ moreTypes: true, structuredClone: true, useRecords: false });
    for (const value of [new Date(0), new Set([1]), /a+/, new Error('x')]) {
      expect(decodeBody(packr.pack([value]), anything).ok).toBe(false);
    }
  });

  it('accepts nesting and values at their bounds and refuses one more', () => {
    expect(decodeBody(bodyOf(nested(MESSAGE_DEPTH_MAX)), anything).ok).toBe(true);
    expect(decodeBody(bodyOf(nested(MESSAGE_DEPTH_MAX + 1)), anything).ok).toBe(false);
    const zeros = (count: number): unknown => new Array(count).fill(0);
    expect(decodeBody(bodyOf(zeros(MESSAGE_VALUES_MAX - 1)), anything).ok).toBe(true);
    expect(decodeBody(bodyOf(zeros(MESSAGE_VALUES_MAX)), anything).ok).toBe(false);
  });

  it('refuses dangerous and repeated keys', () => {
    const key = (text: string): number[] => [0xa0 | text.length, ...Buffer.from(text)];
    const map = (...keys: string[]): Uint8Array =>
      Uint8Array.from([0x80 | keys.length, ...keys.flatMap((name) => [...key(name), 0])]);
    expect(decodeBody(map('a', 'b'), anything).ok).toBe(true);
    expect(decodeBody(map('__proto__'), anything).ok).toBe(false);
    expect(decodeBody(map('a', 'a'), anything).ok).toBe(false);
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
        decodeBody(body, v.strictObject({ type: v.string() }));
      }),
      { numRuns: 3000 },
    );
  });
});
