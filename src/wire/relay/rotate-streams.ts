/**
 * ROTATE_STREAMS (since revision 2.11): from a packet on, each stream writes into another trace chunk, or into none.
 * LTTng's struct has the padding of the sender's compiler between two fields (7 bytes on x86-64, 3 on i386, none when
 * it is packed): only the length of the message tells how much.
 */
import type { ByteReader, Layout } from '../lttng/bytes.ts';
import { ROTATED_STREAMS_MAX } from './limits.ts';

export interface RotateStreamsRequest {
  readonly type: 'rotate-streams';
  /** Absent: the streams leave their chunk for none. */
  readonly newChunk?: bigint;
  readonly positions: readonly RotationPosition[];
}

export interface RotationPosition {
  readonly stream: bigint;
  /** The first packet of the new chunk. */
  readonly sequence: bigint;
}

const COUNT = 'number of streams';
/** The flag and the value of the new chunk. */
const CHUNK_BYTES = 9;
const POSITION_BYTES = 16;
const PADDINGS = [0, 3, 7];
/** What a sender on x86-64 has. */
const OUR_PADDING = 7;

export const rotateStreamsRequest: Layout<RotateStreamsRequest> = {
  write: (into, { newChunk, positions }) => {
    into.u32(positions.length);
    into.u8(newChunk === undefined ? 0 : 1);
    into.zeros(OUR_PADDING).u64(newChunk ?? 0n);
    for (const { stream, sequence } of positions) into.u64(stream).u64(sequence);
  },
  read: (from) => {
    const count = readCount(from);
    const padding = from.remaining - CHUNK_BYTES - count * POSITION_BYTES;
    if (!PADDINGS.includes(padding))
      from.refuse(COUNT, `is ${count}, which does not fit the length`);
    const hasChunk = from.flag('new trace chunk');
    from.skip('padding', padding);
    const chunk = from.u64('id of the new trace chunk');
    const positions: RotationPosition[] = [];
    while (positions.length < count && from.trouble === undefined) {
      positions.push({ stream: from.u64('stream'), sequence: from.u64('sequence number') });
    }
    return { type: 'rotate-streams', positions, ...(hasChunk ? { newChunk: chunk } : {}) };
  },
};

function readCount(from: ByteReader): number {
  const count = from.u32(COUNT);
  if (count > ROTATED_STREAMS_MAX)
    from.refuse(COUNT, `is ${count}, more than ${ROTATED_STREAMS_MAX}`);
  return count;
}
