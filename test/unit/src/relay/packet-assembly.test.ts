/** Packets from their parts: in any order, doubled, given up, and too many. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PACKETS_AHEAD_MAX } from '../../../../src/relay/limits.ts';
import { PacketAssembly } from '../../../../src/relay/packet-assembly.ts';
import { DATAGRAM_CONTENT_BYTES, partCount } from '../../../../src/wire/relay/datagram.ts';

function makeAssembly(room = Number.POSITIVE_INFINITY) {
  const packets: [number, Uint8Array][] = [];
  let held = 0;
  const quota = {
    take: (byteLength: number) => {
      if (held + byteLength > room) return false;
      held += byteLength;
      return true;
    },
    give: (byteLength: number) => void (held -= byteLength),
  };
  const assembly = new PacketAssembly(quota, (sequence, bytes) =>
    packets.push([Number(sequence), bytes]),
  );
  return { assembly, packets, held: () => held };
}

function bytesOf(sequence: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (7 * sequence + at) % 251);
}

/** The parts of a packet. */
function partsOf(sequence: number, packetBytes: number) {
  const bytes = bytesOf(sequence, packetBytes);
  return Array.from({ length: partCount(packetBytes) }, (_, index) => {
    const offset = index * DATAGRAM_CONTENT_BYTES;
    const content = bytes.subarray(offset, offset + DATAGRAM_CONTENT_BYTES);
    return { stream: 1n, sequence: BigInt(sequence), packetBytes, offset, content };
  });
}

describe('PacketAssembly', () => {
  it('hands packets on whole and in order, whatever the order of their parts', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 8 });
    const input = lengths.chain((sizes) => {
      const parts = sizes.flatMap((size, sequence) => partsOf(sequence, size));
      const doubled = fc.subarray(parts);
      return doubled
        .chain((again) =>
          fc.shuffledSubarray([...parts, ...again], { minLength: parts.length + again.length }),
        )
        .map((shuffled) => ({ sizes, shuffled }));
    });
    fc.assert(
      fc.property(input, ({ sizes, shuffled }) => {
        const { assembly, packets, held } = makeAssembly();
        for (const part of shuffled) expect(assembly.add(part)).toBe('kept');
        expect(packets).toEqual(sizes.map((size, sequence) => [sequence, bytesOf(sequence, size)]));
        expect(held()).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a packet of two lengths, and one too far ahead', () => {
    const { assembly } = makeAssembly();
    const [first] = partsOf(0, 3000);
    const [other] = partsOf(0, 2000);
    if (first === undefined || other === undefined) throw new Error('no parts');
    expect(assembly.add(first)).toBe('kept');
    expect(assembly.add(other)).toEqual({ refusal: 'packet 0 has 3000 bytes, not 2000' });
    expect(assembly.add({ ...first, sequence: PACKETS_AHEAD_MAX - 1n })).toBe('kept');
    const refusal = `packet ${PACKETS_AHEAD_MAX} comes too early: 0 is the next one`;
    expect(assembly.add({ ...first, sequence: PACKETS_AHEAD_MAX })).toEqual({ refusal });
  });

  it('takes no part for which there is no room, until there is', () => {
    const { assembly, packets, held } = makeAssembly(5000);
    const [first, second] = [partsOf(0, 3000), partsOf(1, 3000)];
    expect(second.map((part) => assembly.add(part))).toEqual(['kept', 'kept', 'kept']);
    expect(first.map((part) => assembly.add(part))).toEqual(['no-room', 'no-room', 'no-room']);
    assembly.close();
    expect(held()).toBe(0);
    for (const part of [...first, ...second]) expect(assembly.add(part)).toBe('kept');
    expect(packets.map(([sequence]) => sequence)).toEqual([0, 1]);
  });

  it('replaces packets that were given up, and takes the next ones again', () => {
    const { assembly, packets } = makeAssembly();
    for (const part of partsOf(0, 10)) assembly.add(part);
    for (const part of partsOf(2, 2000)) assembly.add(part);
    expect(assembly.replace(1n, bytesOf(9, 4))).toMatchObject({ ok: false });
    expect(assembly.abandon(2n)).toEqual({ ok: true, value: 1n });
    for (const sequence of [1, 2, 3]) for (const part of partsOf(sequence, 20)) assembly.add(part);
    expect(assembly.replace(2n, bytesOf(9, 4))).toMatchObject({ ok: false });
    expect(assembly.replace(1n, bytesOf(11, 4))).toMatchObject({ ok: true });
    expect(assembly.replace(2n, bytesOf(12, 4))).toMatchObject({ ok: true });
    expect(assembly.replace(4n, bytesOf(9, 4))).toMatchObject({ ok: false });
    expect(packets).toEqual([
      [0, bytesOf(0, 10)],
      [1, bytesOf(11, 4)],
      [2, bytesOf(12, 4)],
      [3, bytesOf(3, 20)],
    ]);
    expect(assembly.abandon(1n)).toEqual({ ok: true, value: 4n });
    expect(assembly.abandon(4n + PACKETS_AHEAD_MAX)).toMatchObject({ ok: false });
  });
});
