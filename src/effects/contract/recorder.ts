/** Effects and events of a consumer that writes traces. */
import type { OsError } from '../../port/os-error.ts';
import type { ConsumerStream } from '../../wire/control/messages.ts';

/** The data path of a consumer, behind plain functions. */
export type TraceEffect =
  | { type: 'trace.open'; sessionName: string; output: string }
  | { type: 'trace.addStream'; stream: ConsumerStream }
  /**
   * The registry knows no streams but those with these data segments: the others are read until no other process has
   * them attached, and let go of. There is no answer.
   */
  | { type: 'trace.keepOnly'; segments: readonly number[] }
  /** Writes everything that the buffers hold at this moment. */
  | { type: 'trace.flush'; token: number }
  /** Writes what a stream still holds that gets no more events, and lets go of it. */
  | { type: 'trace.endStream'; streamId: number }
  /**
   * Writes what all streams hold, and lets go of everything. `isReplaced`: another consumer does, but for streams whose
   * memory has been removed, since it cannot attach these.
   */
  | { type: 'trace.close'; isReplaced?: true };

export type TraceEvent =
  | { type: 'trace.opened' }
  | { type: 'trace.openFailed'; error: OsError }
  | { type: 'trace.flushed'; token: number }
  | { type: 'trace.streamReleased'; streamId: number }
  | { type: 'trace.closed' };

/** The data path of a snapshot: one trace, made as a whole or not at all. */
export type SnapshotEffect =
  | { type: 'snapshot.open'; sessionName: string; output: string }
  | { type: 'snapshot.attach'; stream: ConsumerStream }
  /** Copies what all streams hold. */
  | { type: 'snapshot.write' }
  /** Takes back what is not complete. */
  | { type: 'snapshot.abandon' };

export type SnapshotEvent =
  /** `lost`: streams that could not be read. Without any event there is no trace, and `bytes` is 0. */
  | { type: 'snapshot.written'; streams: number; lost: number; bytes: number }
  | { type: 'snapshot.failed'; error: OsError };
