/** Copies the fields of a record of the kernel into the layout of a trace. On the path of each event. */
import type { CopyStep, RecordClass } from './record-class.ts';

/** Why a record was not copied: a value lies outside it. */
export const RECORD_BROKEN = -1;

/** Above this, making a view is faster than a loop. */
const LOOP_BYTES_MAX = 256;
const WORD = 4;
/** Of the number of elements before a sequence; the NUL after a text takes less. */
const LENGTH_BYTES = 4;

/** Bytes that records are copied from, or into. */
export interface RecordBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

type Steps = Pick<RecordClass, 'steps'>;

export function recordBytes(bytes: Uint8Array): RecordBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** Most bytes that the copy of a record takes whose payload, of so many bytes, is at `at`. */
export function copiedBytesMax(
  { steps }: Steps,
  from: RecordBytes,
  at: number,
  length: number,
): number {
  let bytes = 0;
  for (const step of steps) {
    if (step.kind === 'bytes') bytes += step.bytes;
    else if (step.kind === 'rest-text' || step.kind === 'rest-elements')
      bytes += length + LENGTH_BYTES;
    else if (step.offset + WORD <= length)
      bytes += (from.view.getUint32(at + step.offset, true) >>> 16) + LENGTH_BYTES;
  }
  return bytes;
}

/** The same for all records of a class; undefined: it depends on the record. */
export function fixedBytesMax({ steps }: Steps): number | undefined {
  let bytes = 0;
  for (const step of steps) {
    if (step.kind !== 'bytes') return undefined;
    bytes += step.bytes;
  }
  return bytes;
}

/**
 * Copies the record's fields from `at`, where `length` bytes belong to the record, to `to` in the trace, where
 * {@link copiedBytesMax} have room. Returns where the copy ends there, or {@link RECORD_BROKEN}.
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
      copyBytes(from, at + step.offset, step.bytes, trace, end);
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
  let bytes = length - offset;
  if (step.kind === 'located-text' || step.kind === 'located-elements') {
    const location = from.view.getUint32(at + offset, true);
    offset = step.base + (location & 0xffff);
    bytes = location >>> 16;
    if (offset + bytes > length) return RECORD_BROKEN;
  }
  return step.kind === 'rest-elements' || step.kind === 'located-elements'
    ? copyElements(step.elementBytes, from, at + offset, bytes, trace, to)
    : copyText(from, at + offset, bytes, trace, to);
}

function copyText(
  from: RecordBytes,
  at: number,
  bytesMax: number,
  trace: RecordBytes,
  to: number,
): number {
  let bytes = 0;
  while (bytes < bytesMax && from.bytes[at + bytes] !== 0) bytes++;
  copyBytes(from, at, bytes, trace, to);
  trace.bytes[to + bytes] = 0;
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
  trace.view.setUint32(to, count, true);
  copyBytes(from, at, bytes, trace, to + LENGTH_BYTES);
  return to + LENGTH_BYTES + bytes;
}

function copyBytes(
  from: RecordBytes,
  at: number,
  bytes: number,
  trace: RecordBytes,
  to: number,
): void {
  if (bytes > LOOP_BYTES_MAX) {
    trace.bytes.set(from.bytes.subarray(at, at + bytes), to);
    return;
  }
  const source = from.view;
  const target = trace.view;
  const wordsEnd = bytes - (bytes & (WORD - 1));
  for (let index = 0; index < wordsEnd; index += WORD) {
    target.setInt32(to + index, source.getInt32(at + index, true), true);
  }
  for (let index = wordsEnd; index < bytes; index++) {
    target.setInt8(to + index, source.getInt8(at + index));
  }
}
