/**
 * The header before every event record, in LTTng's compact layout. `ring/writer.ts` writes it, `ctf/metadata.ts`
 * declares it, and readers learn it from that declaration. Byte aligned, little endian.
 *
 * ```
 * compact     u32   bits 0-4: class id, 0 to 30; bits 5-31: low 27 bits of the timestamp
 * extended    u8    31
 *             u32   class id
 *             u64   timestamp, CLOCK_MONOTONIC nanoseconds
 * ```
 *
 * A compact timestamp means the first instant with these low bits that is not before the stream's previous timestamp
 * (for the first event of a packet: the packet's begin). So it is exact for pauses below 2^27 ns (134 ms).
 */
import { assert } from '../base/assert.ts';

export const COMPACT_CLASS_ID_BITS = 5;
export const COMPACT_TIMESTAMP_BITS = 27;
export const COMPACT_HEADER_BYTES = 4;
export const EXTENDED_HEADER_BYTES = 13;

/** Value of the five id bits (and the first byte) of an extended header. Class ids from this one on need one. */
export const EXTENDED_MARK = 31;
/** An event after a pause of this length or longer needs an extended header. */
export const COMPACT_SPAN_NS = 2 ** COMPACT_TIMESTAMP_BITS;

assert(
  COMPACT_CLASS_ID_BITS + COMPACT_TIMESTAMP_BITS === 8 * COMPACT_HEADER_BYTES,
  'record-header:compact:one-word',
);
assert(EXTENDED_MARK === 2 ** COMPACT_CLASS_ID_BITS - 1, 'record-header:extended:largest-id');
assert(EXTENDED_HEADER_BYTES === 1 + 4 + 8, 'record-header:extended:byte-aligned');
