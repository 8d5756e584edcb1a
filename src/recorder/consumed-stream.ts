/** A stream as its consumer has it, and what the consumer asks about it. */
import type { OsErrorCode } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import type { StreamRecorder } from './open-recorder.ts';
import type { PumpedRecorder } from './pumped-recorder.ts';
import type { RecordingError } from './recording-error.ts';
import type { Sink } from './sink.ts';

export interface ConsumedStream {
  readonly recorder: StreamRecorder;
  /** The same, of a stream of the kernel. */
  readonly pumped?: PumpedRecorder;
  /** The application is gone: the stream gets no more events. */
  isEnded: boolean;
  /** The registry does not know the stream: the consumer releases it when its writer has detached. */
  isOrphaned: boolean;
  /** Why the last packet could not be written, or why the stream cannot be read any further. */
  error: RecordingError | undefined;
  /** The packet that could not be written is of an unfinished sub-buffer: the next attempt includes it. */
  owesFlush: boolean;
  /** The packets of the last flush that the sink has taken and not stored yet, and those before them. */
  unconfirmed: number;
}

/** A stream of which nothing is known yet. */
export function freshStream(recorder: StreamRecorder, pumped?: PumpedRecorder): ConsumedStream {
  return {
    recorder: pumped ?? recorder,
    ...(pumped === undefined ? {} : { pumped }),
    isEnded: false,
    isOrphaned: false,
    error: undefined,
    owesFlush: false,
    unconfirmed: 0,
  };
}

/** A sink that is to replace the present one. */
export interface SinkChange {
  /** Undefined: nothing is written. */
  readonly sink: Sink | undefined;
  readonly onChanged: () => void;
}

/** Whether the stream's last packet could not be written. */
export function isStuck({ error }: ConsumedStream): boolean {
  return error !== undefined && error.kind !== 'lost';
}

/** Whether the sink has yet to store packets of the last flush. */
export function isAwaited(stream: ConsumedStream): boolean {
  return stream.error === undefined && (stream.owesFlush || stream.unconfirmed > 0);
}

/** Whether everything that the last flush found is stored, or can never be read. */
export function isSettled(stream: ConsumedStream): boolean {
  return !isStuck(stream) && !isAwaited(stream);
}

/** Whether another consumer still has the stream's output; that consumer releases it when it learns of this one. */
export function isHeld({ error }: ConsumedStream): boolean {
  return error?.kind === 'write' && error.isHeld;
}

/** Whether the memory of the stream is gone: no other consumer can attach it. */
export function isRemoved(
  { memory }: Pick<World, 'memory'>,
  { recorder }: ConsumedStream,
): boolean {
  const info = memory.info(recorder.stream.dataSegment);
  return !info.ok && info.error.code === 'EIDRM';
}

/** Why the stream is not written. Without an error: the sink did not store in time, or there is no sink. */
export function codeOf({ error }: ConsumedStream, hasSink: boolean): OsErrorCode {
  if (error === undefined) return hasSink ? 'ETIMEDOUT' : 'ENXIO';
  return error.kind === 'write' ? error.error.code : 'EIO';
}
