/** Packets of a data connection, handed on for any split of the bytes, and never collected. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DataParser,
  encodePacketHeader,
  type PacketHeader,
} from '../../../../../src/wire/relay/data-frames.ts';
import { PACKET_PADDING_BYTES_MAX } from '../../../../../src/wire/relay/limits.ts';

interface Packet {
  readonly header: PacketHeader;
  readonly content: Uint8Array;
  readonly hasEnded: boolean;
}

function collect(refuse?: 'begin' | 'content' | 'end') {
  const packets: Packet[] = [];
  const parser = new DataParser({
    begin: (header) => {
      packets.push({ header, content: new Uint8Array(0), hasEnded: false });
      return refuse === 'begin' ? 'refused' : undefined;
    },
    content: (bytes) => {
      const packet = packets.pop();
      if (packet === undefined) throw new Error('content before a header');
      packets.push({ ...packet, content: Buffer.concat([packet.content, bytes]) });
      return refuse === 'content' ? 'refused' : undefined;
    },
    end: () => {
      const packet = packets.pop();
      if (packet === undefined) throw new Error('end before a header');
      packets.push({ ...packet, hasEnded: true });
      return refuse === 'end' ? 'refused' : undefined;
    },
  });
  return { parser, packets };
}

const packet = fc
  .record({
    stream: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    sequence: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    paddingBytes: fc.nat(PACKET_PADDING_BYTES_MAX),
    content: fc.uint8Array({ maxLength: 100 }),
  })
  .map(({ content, ...header }) => ({
    header: { ...header, contentBytes: content.byteLength },
    content: Buffer.from(content),
    hasEnded: true,
  }));

describe('DataParser', () => {
  it('push() hands on every packet whole, for any split', () => {
    fc.assert(
      fc.property(fc.array(packet), fc.array(fc.nat(50)), (given, cuts) => {
        const bytes = Buffer.concat(
          given.flatMap(({ header, content }) => [encodePacketHeader(header), content]),
        );
        const { parser, packets } = collect();
        let offset = 0;
        for (const cut of [...cuts, bytes.byteLength]) {
          expect(parser.push(bytes.subarray(offset, offset + cut))).toBeUndefined();
          offset += cut;
        }
        expect(packets.map((one) => ({ ...one, content: Buffer.from(one.content) }))).toEqual(
          given,
        );
        expect(parser.isBetweenPackets).toBe(true);
      }),
    );
  });

  it('push() is within a packet until its last byte', () => {
    const { parser } = collect();
    const header = { stream: 1n, sequence: 0n, contentBytes: 2, paddingBytes: 0 };
    parser.push(encodePacketHeader(header).subarray(0, 5));
    expect(parser.isBetweenPackets).toBe(false);
    parser.push(Buffer.concat([encodePacketHeader(header).subarray(5), Buffer.of(1)]));
    expect(parser.isBetweenPackets).toBe(false);
    parser.push(Buffer.of(2));
    expect(parser.isBetweenPackets).toBe(true);
  });

  it('push() refuses more padding than the bound, and hands nothing on', () => {
    const { parser, packets } = collect();
    const header = { stream: 1n, sequence: 0n, contentBytes: 0 };
    const most = encodePacketHeader({ ...header, paddingBytes: PACKET_PADDING_BYTES_MAX });
    expect(parser.push(most)).toBeUndefined();
    const more = encodePacketHeader({ ...header, paddingBytes: PACKET_PADDING_BYTES_MAX + 1 });
    expect(parser.push(more)).toBe(
      `padding size of a packet: is ${PACKET_PADDING_BYTES_MAX + 1}, more than ${PACKET_PADDING_BYTES_MAX}`,
    );
    expect(packets).toHaveLength(1);
  });

  it('push() stops where the sink refuses', () => {
    const header = encodePacketHeader({
      stream: 1n,
      sequence: 0n,
      contentBytes: 1,
      paddingBytes: 0,
    });
    const two = Buffer.concat([header, Buffer.of(1), header, Buffer.of(1)]);
    for (const refuse of ['begin', 'content', 'end'] as const) {
      const { parser, packets } = collect(refuse);
      expect(parser.push(two)).toBe('refused');
      expect(packets).toHaveLength(1);
    }
  });
});
