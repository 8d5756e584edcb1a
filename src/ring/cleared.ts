/**
 * Where the events of a stream begin that no `clear` has removed (`layout.ts`). The consumer of the stream, or without
 * one the registry, marks it in the position segment, and snapshots begin there, also after the end of either.
 *
 * There are two places, written in turn: a process that dies while it writes one leaves the mark before it.
 */
import type { ReadableSegment, WritableSegment } from '../port/shared-memory.ts';
import { stableExtent } from './descriptor.ts';
import { readShape } from './format.ts';
import {
  CLEARED_BYTES,
  DESCRIPTOR_EVENTS_BEFORE,
  descriptorOffset,
  OFFSET_CLEARED,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
  POSITION_SEGMENT_BYTES,
} from './layout.ts';
import { type Checkpoint, NOTHING_STORED, type Progress, START } from './progress.ts';

interface Mark {
  readonly index: number;
  readonly sequence: number;
  readonly progress: Progress;
}

/** Where a snapshot of the stream begins; {@link START}: nothing was removed. */
export function clearedIn(position: ReadableSegment): Checkpoint {
  if (position.byteLength < POSITION_SEGMENT_BYTES) return START;
  const newest = newestMark((offset) => ({
    sequence: position.loadU32(offset),
    consumed: position.loadU32(offset + 4),
    bytes: position.loadU32(offset + 8),
    timestamp: position.loadU64(offset + 16),
    events: position.loadF64(offset + 24),
    discarded: position.loadF64(offset + 32),
  }));
  return newest === undefined ? START : { ...newest.progress, stored: NOTHING_STORED };
}

/** Snapshots begin there from now on. */
export function markCleared({ buffer }: WritableSegment, progress: Progress): void {
  const view = new DataView(buffer, 0, POSITION_SEGMENT_BYTES);
  const words = new Int32Array(buffer, 0, POSITION_SEGMENT_BYTES / 4);
  const newest = newestMark((offset) => ({
    sequence: Atomics.load(words, offset / 4) >>> 0,
    consumed: view.getUint32(offset + 4, true),
    bytes: view.getUint32(offset + 8, true),
    timestamp: view.getBigUint64(offset + 16, true),
    events: view.getFloat64(offset + 24, true),
    discarded: view.getFloat64(offset + 32, true),
  }));
  const offset = placeOf(newest?.index === 0 ? 1 : 0);
  const sequence = ((newest?.sequence ?? 0) + 1) >>> 0 || 1;
  Atomics.store(words, offset / 4, 0);
  view.setUint32(offset + 4, progress.consumed, true);
  view.setUint32(offset + 8, progress.bytes, true);
  view.setBigUint64(offset + 16, progress.timestamp, true);
  view.setFloat64(offset + 24, progress.events, true);
  view.setFloat64(offset + 32, progress.discarded, true);
  Atomics.store(words, offset / 4, sequence | 0);
}

/**
 * The end of what the buffers hold at this moment. Undefined: the memory is damaged.
 *
 * If the writer opens a sub-buffer meanwhile, that one is younger than this call, and it begins there.
 */
export function endOfContent(data: ReadableSegment): Progress | undefined {
  const shape = readShape(data);
  if (!shape.ok) return undefined;
  const { subbufferBytes, subbufferCount } = shape.value;
  const lineOf = (generation: number): number =>
    descriptorOffset(generation & (subbufferCount - 1));
  const opened = data.loadU32(OFFSET_OPENED);
  const newest = (opened - 1) >>> 0;
  const before = count(data.loadF64(lineOf(newest) + DESCRIPTOR_EVENTS_BEFORE));
  const extent = opened === 0 ? undefined : stableExtent(data, lineOf(newest), subbufferBytes);
  const openedNow = data.loadU32(OFFSET_OPENED);
  const isSame = openedNow === opened;
  if (extent !== undefined && isSame) {
    const { committed, events, endTimestamp, discarded } = extent;
    return {
      consumed: newest,
      bytes: committed,
      timestamp: endTimestamp,
      events: before + events,
      discarded: count(discarded),
    };
  }
  return {
    consumed: isSame ? opened : (openedNow - 1) >>> 0,
    bytes: 0,
    timestamp: 0n,
    events: 0,
    discarded: count(data.loadF64(OFFSET_DISCARDED)),
  };
}

function placeOf(index: number): number {
  return OFFSET_CLEARED + index * CLEARED_BYTES;
}

/** Undefined: none is complete and possible. */
function newestMark(read: (offset: number) => Progress & Pick<Mark, 'sequence'>): Mark | undefined {
  const marks = [0, 1].flatMap((index): Mark[] => {
    const { sequence, ...progress } = read(placeOf(index));
    const isWhole = sequence !== 0 && isCount(progress.events) && isCount(progress.discarded);
    return isWhole ? [{ index, sequence, progress }] : [];
  });
  return marks.sort((a, b) => (b.sequence - a.sequence) | 0)[0];
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function count(value: number): number {
  return isCount(value) ? value : 0;
}
