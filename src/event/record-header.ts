/**
 * The header before every event record, in LTTng's compact layout. The tracer writes it, `metadata.ts`
 * declares it. Little endian.
 *
 * ```
 * compact     u32   bits 0-4: class id, 0 to 30; bits 5-31: low 27 bits of the timestamp
 * extended    u8    31
 *             u32   class id
 *             u64   timestamp, CLOCK_MONOTONIC nanoseconds
 * ```
 *
 * A compact timestamp means the first instant not before the stream's previous one (the packet's begin for
 * the first event) that has these low bits, so it serves while less than 2^27 ns (134 ms) have passed.
 */

export const COMPACT_CLASS_ID_MAX = 30;
/** What the five id bits (and the first byte) of an extended header hold. */
export const EXTENDED_MARK = 31;
export const COMPACT_TIMESTAMP_BITS = 27;
