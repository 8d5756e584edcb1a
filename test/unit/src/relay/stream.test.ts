/** Streams on the relay's disk: packets and indexes in any order, files of bounded size, rotations that come late. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EARLY_INDEXES_MAX, UNINDEXED_PACKETS_MAX } from '../../../../src/relay/limits.ts';
import { encodePacketHeader } from '../../../../src/wire/relay/data-frames.ts';
import {
  aliceWorld,
  createSession,
  openStore,
  RelayPeer,
  storedFiles,
} from '../../../support/relay/relay-client.ts';

const HOME = 'box/web-20260101-000000';
const PATH = 'ust/uid/1000/64-bit';
const FIRST = `${HOME}/${PATH}/ch_0`;
const FIRST_INDEX = `${HOME}/${PATH}/index/ch_0.idx`;
const SECOND = `${HOME}/20260101T000001+0000-1/${PATH}/ch_0`;
const SECOND_INDEX = `${HOME}/20260101T000001+0000-1/${PATH}/index/ch_0.idx`;

function begun(fields: object = {}) {
  const world = aliceWorld();
  const store = openStore(world);
  const peer = new RelayPeer(store);
  peer.ask(createSession);
  peer.chunk(0n);
  const stream = peer.stream(fields);
  return { world, store, peer, stream, files: () => storedFiles(world) };
}

const filled = (fill: number, count = 8): string =>
  fill.toString(16).padStart(2, '0').repeat(count);

describe('RelayStream', () => {
  it('stores content, padding and index, whichever connection is first', () => {
    const { peer, stream, files } = begun();
    expect(peer.packet(stream, 0, 1, { content: 4, padding: 4 })).toBeUndefined();
    expect(peer.index(stream, 0)).toBe(10);
    expect(peer.index(stream, 1)).toBe(10);
    expect(peer.packet(stream, 1, 2)).toBeUndefined();
    expect(files()).toEqual({ [FIRST]: `0101010100000000${filled(2)}`, [FIRST_INDEX]: '0:0 8:1' });
  });

  it('refuses packets out of order, of metadata, of unknown streams, and two at once', () => {
    const { peer, stream, store } = begun();
    const metadata = peer.stream({ channel: 'metadata' });
    const later = peer.stream({ channel: 'ch_1' });
    expect(peer.packet(later, 7, 1)).toBeUndefined();
    expect(peer.packet(later, 9, 1)).toBe('sends packet 9, and 8 is the next one');
    const again = () => new RelayPeer(store);
    expect(again().packet(later, 7, 1)).toBe('sends packet 7, and 8 is the next one');
    expect(again().packet(metadata, 0, 1)).toBe('sends packets of a metadata stream');
    expect(again().packet(stream + 1n, 0, 1)).toBe(
      'sends a packet of a stream that does not exist',
    );
    const half = encodePacketHeader({ stream, sequence: 0n, contentBytes: 4, paddingBytes: 0 });
    const slow = again();
    expect(slow.send(half, Uint8Array.of(1))).toBeUndefined();
    expect(again().packet(stream, 0, 1)).toBe(
      'sends a packet of a stream of which one is arriving',
    );
  });

  it('takes a half packet back when its connection ends', () => {
    const { peer, stream, store, files } = begun();
    peer.packet(stream, 0, 1);
    const slow = new RelayPeer(store);
    const half = encodePacketHeader({ stream, sequence: 1n, contentBytes: 4, paddingBytes: 0 });
    slow.send(half, Uint8Array.of(1));
    slow.endData();
    expect(files()[FIRST]).toBe(filled(1));
    expect(new RelayPeer(store).packet(stream, 1, 2)).toBeUndefined();
    expect(files()[FIRST]).toBe(filled(1) + filled(2));
  });

  it('writes into several files of bounded size, and overwrites the oldest', () => {
    const { peer, stream, files } = begun({ tracefileSize: 16n, tracefileCount: 2n });
    for (let sequence = 0; sequence < 7; sequence++) {
      peer.packet(stream, sequence, sequence + 1);
      peer.index(stream, sequence);
    }
    expect(files()).toEqual({
      [`${FIRST}_0`]: filled(5) + filled(6),
      [`${FIRST}_1`]: filled(7),
      [`${HOME}/${PATH}/index/ch_0_0.idx`]: '0:4 8:5',
      [`${HOME}/${PATH}/index/ch_0_1.idx`]: '0:6',
    });
  });

  it('writes an index that comes after the next file was begun into the file of its packet', () => {
    const { peer, stream, files } = begun({ tracefileSize: 8n, tracefileCount: 0n });
    for (let sequence = 0; sequence < 3; sequence++) peer.packet(stream, sequence, sequence + 1);
    for (let sequence = 0; sequence < 3; sequence++) expect(peer.index(stream, sequence)).toBe(10);
    expect(files()).toMatchObject({
      [`${HOME}/${PATH}/index/ch_0_0.idx`]: '0:0',
      [`${HOME}/${PATH}/index/ch_0_1.idx`]: '0:1',
      [`${HOME}/${PATH}/index/ch_0_2.idx`]: '0:2',
    });
  });

  it('drops an index of a packet whose file was overwritten', () => {
    const { peer, stream, files } = begun({ tracefileSize: 8n, tracefileCount: 1n });
    for (let sequence = 0; sequence < 2; sequence++) peer.packet(stream, sequence, sequence + 1);
    for (let sequence = 0; sequence < 2; sequence++) expect(peer.index(stream, sequence)).toBe(10);
    expect(files()).toEqual({
      [`${FIRST}_0`]: filled(2),
      [`${HOME}/${PATH}/index/ch_0_0.idx`]: '0:1',
    });
  });

  it('refuses a second index, and one of a packet that is long past', () => {
    const { peer, stream } = begun();
    peer.packet(stream, 0, 1);
    expect(peer.index(stream, 0)).toBe(10);
    expect(peer.index(stream, 0)).toBe(11);
    expect(peer.index(stream, 1)).toBe(10);
    expect(peer.index(stream, 1)).toBe(11);
    for (let sequence = 1; sequence < 300; sequence++) {
      peer.packet(stream, sequence, 1);
      if (sequence > 1) peer.index(stream, sequence);
    }
    expect(peer.index(stream, 0)).toBe(11);
    expect(peer.index(stream, 0xffff_ffff_ffff_ffffn)).toBe(10);
  });

  it('bounds packets without index and indexes without packet', () => {
    const { peer, stream } = begun();
    for (let sequence = 0; sequence < UNINDEXED_PACKETS_MAX; sequence++) {
      expect(peer.packet(stream, sequence, 1, { content: 1 })).toBeUndefined();
    }
    expect(peer.packet(stream, UNINDEXED_PACKETS_MAX, 1)).toContain('without their indexes');
    const other = peer.stream({ channel: 'ch_1' });
    for (let sequence = 0; sequence < EARLY_INDEXES_MAX; sequence++) {
      expect(peer.index(other, sequence)).toBe(10);
    }
    expect(peer.index(other, EARLY_INDEXES_MAX)).toBe(11);
  });

  it('rotates at the packet that was named, whenever the message arrives', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 6 }),
        fc.boolean(),
        (boundary, arrived, indexesFirst) => {
          const { peer, stream, files } = begun();
          peer.chunk(1n);
          const send = (sequence: number): void => {
            const index = () => peer.index(stream, sequence);
            const packet = () => peer.packet(stream, sequence, sequence + 1);
            const outcomes = indexesFirst ? [index(), packet()] : [packet(), index()];
            expect(outcomes).toEqual(indexesFirst ? [10, undefined] : [undefined, 10]);
          };
          for (let sequence = 0; sequence < arrived; sequence++) send(sequence);
          const positions = [{ stream, sequence: BigInt(boundary) }];
          expect(peer.ask({ type: 'rotate-streams', newChunk: 1n, positions })).toEqual({
            code: 10,
          });
          for (let sequence = arrived; sequence < 8; sequence++) send(sequence);
          const numbers = Array.from({ length: 8 }, (_, sequence) => sequence);
          const stored = files();
          const [before, after] = [numbers.slice(0, boundary), numbers.slice(boundary)];
          const data = (part: number[]): string => part.map((one) => filled(one + 1)).join('');
          const index = (part: number[]): string =>
            part.map((one, place) => `${8 * place}:${one}`).join(' ');
          expect(stored[FIRST]).toBe(data(before));
          expect(stored[FIRST_INDEX] ?? '').toBe(index(before));
          expect(stored[SECOND]).toBe(data(after));
          expect(stored[SECOND_INDEX]).toBe(index(after));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('moves a packet that is arriving into the new chunk, and its index when that comes', () => {
    const { peer, stream, store, files } = begun();
    peer.chunk(1n);
    peer.packet(stream, 0, 1);
    const slow = new RelayPeer(store);
    const header = encodePacketHeader({ stream, sequence: 1n, contentBytes: 4, paddingBytes: 0 });
    slow.send(header, Uint8Array.of(7, 7));
    peer.ask({ type: 'rotate-streams', newChunk: 1n, positions: [{ stream, sequence: 1n }] });
    slow.send(Uint8Array.of(8, 8));
    expect(peer.index(stream, 1)).toBe(10);
    expect(files()).toMatchObject({
      [FIRST]: filled(1),
      [SECOND]: '07070808',
      [SECOND_INDEX]: '0:1',
    });
  });

  it('refuses a rotation to a packet that is long past, and a second one before the first is due', () => {
    const { peer, stream } = begun();
    peer.chunk(1n);
    const at = (sequence: bigint) => {
      const positions = [{ stream, sequence }];
      return peer.answer({ type: 'rotate-streams', newChunk: 1n, positions }).refusal;
    };
    for (let sequence = 0; sequence < 400; sequence++) {
      peer.packet(stream, sequence, 1);
      peer.index(stream, sequence);
    }
    expect(at(0n)).toContain('not known any more');
    expect(at(500n)).toBeUndefined();
    expect(at(501n)).toBe('a rotation of the stream is not complete');
  });

  it('takes no packet after it has left its last chunk', () => {
    const { peer, stream } = begun();
    const positions = [{ stream, sequence: 0n }];
    expect(peer.answer({ type: 'rotate-streams', positions }).refusal).toBeUndefined();
    expect(peer.packet(stream, 0, 1)).toBe(
      'sends a packet of a stream that has left its last trace chunk',
    );
  });

  it('appends metadata, resets it, and begins it again in the next chunk', () => {
    const { peer, files } = begun();
    const metadata = peer.stream({ channel: 'metadata' });
    const send = (text: string, padding = 0) =>
      peer.answer({
        type: 'send-metadata',
        stream: metadata,
        padding,
        content: new TextEncoder().encode(text),
      });
    const path = `${HOME}/${PATH}/metadata`;
    expect(send('ab', 2)).toEqual({});
    expect(files()[path]).toBe('61620000');
    const reset = { type: 'reset-metadata', stream: metadata, version: 1n } as const;
    expect(peer.ask(reset)).toEqual({ code: 10 });
    send('c');
    expect(files()[path]).toBe('63');
    peer.chunk(1n);
    const positions = [{ stream: metadata, sequence: 77n }];
    expect(peer.ask({ type: 'rotate-streams', newChunk: 1n, positions })).toEqual({ code: 10 });
    send('d');
    expect(files()[path]).toBe('63');
    expect(files()[`${HOME}/20260101T000001+0000-1/${PATH}/metadata`]).toBe('64');
  });

  it('says no to metadata of a stream of packets, and of another connection', () => {
    const { peer, stream, store } = begun();
    const content = Uint8Array.of(1);
    const request = { type: 'send-metadata', stream, padding: 0, content } as const;
    expect(peer.answer(request)).toEqual({ refusal: 'is not a metadata stream' });
    expect(peer.answer({ type: 'reset-metadata', stream, version: 0n }).refusal).toBe(
      'is not a metadata stream',
    );
    expect(new RelayPeer(store).answer(request)).toEqual({ refusal: 'no such stream' });
  });
});
