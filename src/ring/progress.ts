/**
 * How far a consumer has come in a stream, as kept in the position segment (`layout.ts`).
 *
 * The application only wants the position. A consumer that restarts needs more, to go on inside a sub-buffer
 * and to keep its account: that is a note beside it. The position is one 8-byte store and comes last; the note
 * which belongs to it is the one that repeats it.
 */
import type { WritableSegment } from '../port/world.ts';
import { NOTE_BYTES, OFFSET_CONSUMED, OFFSET_NOTES, POSITION_SEGMENT_BYTES } from './layout.ts';

export interface Progress {
  /** u32: sub-buffers passed. */
  readonly consumed: number;
  /** Bytes passed of the sub-buffer after those. */
  readonly bytes: number;
  /** End of the last packet, 0 before the first one. */
  readonly timestamp: bigint;
  /** Events passed, read or overwritten. */
  readonly events: number;
  /** Discarded events already reported. */
  readonly discarded: number;
}

export const START: Progress = { consumed: 0, bytes: 0, timestamp: 0n, events: 0, discarded: 0 };

/** A value of a note's bytes while it is being written. */
const BYTES_NONE = 0xffff_ffff;

/** The progress a segment holds. When no note belongs to the position, its sub-buffer is read again. */
export function readProgress(position: WritableSegment): Progress {
  const view = new DataView(position.buffer, 0, POSITION_SEGMENT_BYTES);
  const consumed = view.getUint32(OFFSET_CONSUMED, true);
  const bytes = view.getUint32(OFFSET_CONSUMED + 4, true);
  const [first, second] = [0, 1].map((index) => readNote(view, index));
  const matching = [first, second]
    .filter((note) => note?.consumed === consumed && note.bytes === bytes)
    .sort((a, b) => (b?.discarded ?? 0) - (a?.discarded ?? 0));
  return matching[0] ?? { ...START, consumed };
}

/** Makes `progress` the one in force. */
export function writeProgress(position: WritableSegment, progress: Progress): void {
  const view = new DataView(position.buffer, 0, POSITION_SEGMENT_BYTES);
  const inForce = readProgress(position);
  const index = sameNote(readNote(view, 0), inForce) ? 1 : 0;
  const offset = OFFSET_NOTES + index * NOTE_BYTES;
  view.setUint32(offset + 4, BYTES_NONE, true);
  view.setUint32(offset, progress.consumed, true);
  view.setBigUint64(offset + 8, progress.timestamp, true);
  view.setFloat64(offset + 16, progress.events, true);
  view.setFloat64(offset + 24, progress.discarded, true);
  const words = new Int32Array(position.buffer, 0, POSITION_SEGMENT_BYTES / 4);
  Atomics.store(words, (offset + 4) / 4, progress.bytes);
  const positions = new BigUint64Array(position.buffer, 0, 1);
  const value = (BigInt(progress.bytes) << 32n) | BigInt(progress.consumed);
  Atomics.store(positions, OFFSET_CONSUMED / 8, value);
}

function readNote(view: DataView, index: number): Progress {
  const offset = OFFSET_NOTES + index * NOTE_BYTES;
  return {
    consumed: view.getUint32(offset, true),
    bytes: view.getUint32(offset + 4, true),
    timestamp: view.getBigUint64(offset + 8, true),
    events: view.getFloat64(offset + 16, true),
    discarded: view.getFloat64(offset + 24, true),
  };
}

function sameNote(a: Progress, b: Progress): boolean {
  return a.consumed === b.consumed && a.bytes === b.bytes && a.discarded === b.discarded;
}
