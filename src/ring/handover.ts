/**
 * Whether another thread can go on in a stream whose writer has ended (R1.27). No thread goes on after one that was
 * killed inside an event, or that has damaged the memory. Nothing in the memory is trusted, and nothing is written.
 */
import { decodeClassRecord } from '../event/class-record.ts';
import type { ReadableSegment } from '../port/shared-memory.ts';
import { splitClassLog } from './class-log.ts';
import { bytesAtRest } from './descriptor.ts';
import { readShape, type StreamShape } from './format.ts';
import {
  CLASS_LOG_BYTES,
  classLogOffset,
  descriptorOffset,
  OFFSET_CLASS_LOG_COMMITTED,
  OFFSET_CONSUMED,
  OFFSET_OPENED,
} from './layout.ts';

/**
 * The classes of earlier writers take at most this much of the class log, so that those of the next one have room: what
 * does not fit is discarded and counted.
 */
export const HANDOVER_CLASS_LOG_BYTES_MAX = CLASS_LOG_BYTES / 2;

/**
 * Why no other thread can go on in the stream; undefined: one can. `expected`: what its registry created. A consumer
 * gives up a stream in which this finds damage.
 */
export function handoverFault(
  data: ReadableSegment,
  position: ReadableSegment,
  expected: StreamShape,
): string | undefined {
  const shape = readShape(data);
  if (!shape.ok) return shape.error;
  const { streamId, subbufferBytes, subbufferCount, overwrite } = shape.value;
  const isAsCreated =
    streamId === expected.streamId &&
    subbufferBytes === expected.subbufferBytes &&
    subbufferCount === expected.subbufferCount &&
    overwrite === expected.overwrite;
  if (!isAsCreated) return 'the header has changed';
  const committed = data.loadU32(OFFSET_CLASS_LOG_COMMITTED);
  if (committed > CLASS_LOG_BYTES) return `a class log of ${committed} bytes`;
  if (committed > HANDOVER_CLASS_LOG_BYTES_MAX)
    return 'the class log has no room for another program';
  // In this order: the consumer goes on meanwhile.
  const consumed = position.loadU32(OFFSET_CONSUMED);
  const opened = data.loadU32(OFFSET_OPENED);
  if (!overwrite && (opened - consumed) >>> 0 > subbufferCount)
    return `${opened} sub-buffers are open after ${consumed} consumed ones`;
  const newest = Math.max(0, opened - 1) & (subbufferCount - 1);
  if (bytesAtRest(data, descriptorOffset(newest), subbufferBytes) === undefined)
    return 'its thread ended inside an event';
  const log = splitClassLog(data.bytes(classLogOffset(shape.value), committed).slice());
  if (!log.ok) return log.error;
  for (const [index, record] of log.value.entries()) {
    const declared = decodeClassRecord(record);
    if (!declared.ok) return declared.error;
    if (declared.value.id !== index) return `event class ${declared.value.id} out of order`;
  }
  return undefined;
}
