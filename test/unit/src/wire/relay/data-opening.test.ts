/** A data connection begins with packets, or with a request to forward it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePacketHeader } from '../../../../../src/wire/relay/data-frames.ts';
import { DataOpening } from '../../../../../src/wire/relay/data-opening.ts';
import { EXTENSION_CIRCUIT } from '../../../../../src/wire/relay/extensions.ts';
import { encodeRequest } from '../../../../../src/wire/relay/requests.ts';

const forward = {
  type: 'forward',
  passed: ['00000000-0000-4000-8000-00000000000a'],
  next: { host: 'fd00::2', port: 5343, isIpv6Only: true },
} as const;

/** Pushes the bytes in pieces, cut at these lengths. */
function pushed(bytes: Uint8Array, cuts: readonly number[]): ReturnType<DataOpening['push']>[] {
  const opening = new DataOpening();
  const outcomes: ReturnType<DataOpening['push']>[] = [];
  let at = 0;
  for (const length of [...cuts, bytes.byteLength]) {
    outcomes.push(opening.push(bytes.subarray(at, at + length)));
    at += length;
  }
  return outcomes;
}

const cuts = fc.array(fc.nat(20));

describe('DataOpening', () => {
  it('push() hands packets on byte for byte, for any split', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 60 }), cuts, (content, lengths) => {
        const header = { stream: 1n, sequence: 0n, contentBytes: content.length, paddingBytes: 0 };
        const bytes = Buffer.concat([encodePacketHeader(header), content]);
        const parts = pushed(bytes, lengths).flatMap((outcome) =>
          outcome.ok ? outcome.value.packets.map((part) => Buffer.from(part)) : [],
        );
        expect(Buffer.concat(parts)).toEqual(bytes);
      }),
    );
  });

  it('push() finds the request, for any split, and says when more follows', () => {
    fc.assert(
      fc.property(cuts, (lengths) => {
        const found = pushed(encodeRequest(forward, 13), lengths).flatMap((outcome) =>
          outcome.ok && outcome.value.forward !== undefined ? [outcome.value.forward] : [],
        );
        expect(found).toEqual([{ request: forward, isMore: false }]);
      }),
    );
    const all = Buffer.concat([encodeRequest(forward, 13), new Uint8Array(1)]);
    expect(pushed(all, [])[0]).toMatchObject({ value: { forward: { isMore: true } } });
  });

  it('push() refuses other requests, damaged ones and those that are too long', () => {
    const arrive = encodeRequest({ type: 'arrive', passed: [] }, 13);
    expect(pushed(arrive, [])[0]).toEqual({ ok: false, error: 'arrive: not on a data connection' });
    const damaged = encodeRequest(forward, 13);
    damaged[24 + 3] = 9;
    expect(pushed(damaged, [])[0]).toEqual({
      ok: false,
      error: 'forward: number of relays: is 9, more than 7',
    });
    const long = Buffer.alloc(24, 255);
    long.writeBigUInt64BE(EXTENSION_CIRCUIT);
    expect(pushed(long, [])[0]).toMatchObject({ ok: false });
  });
});
