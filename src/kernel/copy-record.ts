/** Copies the fields of a record of the kernel into the layout of a trace. On the path of each event. */
import type { CopyStep, RecordClass } from './record-class.ts';

/** Why a record was not copied: a value lies outside it, or the fields do not fit into the room. */
export const RECORD_BROKEN = -1;
export const RECORD_NOT_FITTING = -2;

/** Below this, a loop is faster than making a view. */
const LOOP_BYTES_MAX = 64;
const LENGTH_BYTES = 4;

/** Bytes that records are copied from, or into. */
export interface RecordBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export function recordBytes(bytes: Uint8Array): RecordBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** Most bytes that the copy of a record takes whose payload, of so many bytes, is at `at`. */
export function copiedBytesMax(
  { steps }: Pick<RecordClass, 'steps'>,
  from: RecordBytes,
  at: number,
  length: number,
): number {
  let bytes = 0;
  for (const step of steps) {
    switch (step.kind) {
      case 'bytes':
        bytes += step.bytes;
        break;
      case 'text':
        bytes += step.bytes + 1;
        break;
      case 'rest-text':
      case 'rest-elements':
        bytes += length + LENGTH_BYTES;
        break;
      default:
        if (step.offset + LENGTH_BYTES <= length)
          bytes += (from.view.getUint32(at + step.offset, true) >>> 16) + LENGTH_BYTES;
    }
  }
  return bytes;
}

/** The same for all records of a class; undefined: it depends on the record. */
export function fixedBytesMax({ steps }: Pick<RecordClass, 'steps'>): number | undefined {
  let bytes = 0;
  for (const step of steps) {
    if (step.kind === 'bytes') bytes += step.bytes;
    else if (step.kind === 'text') bytes += step.bytes + 1;
    else return undefined;
  }
  return bytes;
}

/**
 * Copies the record's fields from `at`, where `length` bytes belong to the record, to `to` in the trace. Returns where
 * the copy ends there, {@link RECORD_BROKEN} or {@link RECORD_NOT_FITTING}.
 */
export function copyRecord(
  { steps, bytes: bytesMin }: RecordClass,
  from: RecordBytes,
  at: number,
  length: number,
  trace: RecordBytes,
  to: number,
): number {
  if (length < bytesMin) return RECORD_BROKEN;
  let end = to;
  for (const step of steps) {
    if (step.kind === 'bytes') {
      if (end + step.bytes > trace.bytes.length) return RECORD_NOT_FITTING;
      copyBytes(from.bytes, at + step.offset, step.bytes, trace.bytes, end);
      end += step.bytes;
    } else {
      end = copyVariable(step, from, at, length, trace, end);
      if (end < 0) return end;
    }
  }
  return end;
}

function copyVariable(
  step: Exclude<CopyStep, { kind: 'bytes' }>,
  from: RecordBytes,
  at: number,
  length: number,
  trace: RecordBytes,
  to: number,
): number {
  let offset = step.offset;
  let bytes: number;
  if (step.kind === 'text') {
    bytes = step.bytes;
  } else if (step.kind === 'located-text' || step.kind === 'located-elements') {
    const location = from.view.getUint32(at + offset, true);
    offset = step.base + (location & 0xffff);
    bytes = location >>> 16;
    if (offset + bytes > length) return RECORD_BROKEN;
  } else {
    bytes = length - offset;
  }
  return step.kind === 'rest-elements' || step.kind === 'located-elements'
    ? copyElements(step.elementBytes, from, at + offset, bytes, trace, to)
    : copyText(from.bytes, at + offset, bytes, trace.bytes, to);
}

function copyText(
  from: Uint8Array,
  at: number,
  bytesMax: number,
  trace: Uint8Array,
  to: number,
): number {
  let bytes = 0;
  while (bytes < bytesMax && from[at + bytes] !== 0) bytes++;
  if (to + bytes + 1 > trace.length) return RECORD_NOT_FITTING;
  copyBytes(from, at, bytes, trace, to);
  trace[to + bytes] = 0;
  return to + bytes + 1;
}

function copyElements(
  elementBytes: number,
  from: RecordBytes,
  at: number,
  bytesMax: number,
  trace: RecordBytes,
  to: number,
): number {
  const count = Math.floor(bytesMax / elementBytes);
  const bytes = count * elementBytes;
  if (to + LENGTH_BYTES + bytes > trace.bytes.length) return RECORD_NOT_FITTING;
  trace.view.setUint32(to, count, true);
  copyBytes(from.bytes, at, bytes, trace.bytes, to + LENGTH_BYTES);
  return to + LENGTH_BYTES + bytes;
}

function copyBytes(
  from: Uint8Array,
  at: number,
  bytes: number,
  trace: Uint8Array,
  to: number,
): void {
  if (bytes > LOOP_BYTES_MAX) {
    trace.set(from.subarray(at, at + bytes), to);
    return;
  }
  // Both ranges were checked.
  for (let index = 0; index < bytes; index++) trace[to + index] = from[at + index] as number;
}
