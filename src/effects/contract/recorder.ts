/**
 * Effects and events of the writers of traces: a consumer, which consumes its session's streams until they end, and a
 * snapshot, which copies them once. `output` is the absolute path of the trace's directory, `streamId` the registry's
 * number of a stream.
 */
import type { TcpAddress } from '../../port/network.ts';
import type { OsError } from '../../port/os-error.ts';
import type { LeftOut } from '../../ring/newest-reader.ts';
import type { RecordedSession } from '../../wire/common.ts';
import type { ConsumerStream } from '../../wire/control/messages.ts';
import type { OutputFailure, WritingOutcome } from '../../wire/control/outcomes.ts';
import type { Chunk } from '../../wire/control/rotation.ts';
import type { RelayWay } from '../../wire/relay/forward.ts';

/** A chunk of the session whose files are in the directory. */
export interface ArchivedChunk {
  readonly output: string;
  readonly chunk: Chunk;
}

/** The `format` file of an event `SYSTEM:NAME` of tracefs. */
export interface KernelFormat {
  readonly event: string;
  readonly text: string;
}

/** The data path of a consumer. */
export type RecorderEffect =
  /**
   * Makes the directory: `recorder.opened` or `recorder.openFailed`. `isApart`: it is not that of the session, where
   * earlier consumers wrote. Without a directory nothing is written until the output changes.
   */
  | { type: 'recorder.open'; session: RecordedSession; output?: string; isApart?: true }
  /**
   * Changes the output: `recorder.outputChanged` with the token when everything before is stored where it was taken. A
   * newer change replaces an older one, which has no outcome any more.
   */
  | { type: 'recorder.toFiles'; token: number; output: string }
  /**
   * To the relay at the end of a way that begins with the connections that were passed; `basePath`: `RelaySite`. With
   * `datagramsTo` only the control connection was, and this address gets the packets.
   */
  | {
      type: 'recorder.toRelay';
      token: number;
      basePath: string;
      way: RelayWay;
      datagramsTo?: TcpAddress;
    }
  | { type: 'recorder.toNowhere'; token: number }
  /**
   * Everything that the files of the session in the directory hold, and that its buffers hold, becomes an archive, or
   * is removed: `recorder.outputChanged`.
   */
  | { type: 'recorder.rotate'; token: number; output: string; chunk: Chunk; isClear: boolean }
  /**
   * The session's traces in the directory, archives apart, get the present offset between their clock and the time of
   * day, and so do later ones: `recorder.outputChanged`. The streams go on in them.
   */
  | { type: 'recorder.regenerate'; token: number; output: string }
  /** `recorder.full` when the consumer has written so many bytes into a chunk; undefined: never. */
  | { type: 'recorder.limit'; bytes: number | undefined }
  /** Before `recorder.toRelay` with the same token: `recorder.passageReached`, or `recorder.outputChanged`, failed. */
  | { type: 'recorder.reachPassage'; token: number; passage: string }
  /** Of a kernel's streams (R1.24), before their pages: how a page begins (`events/header_page` of tracefs). */
  | { type: 'recorder.kernelLayout'; text: string }
  /** The `format` files of these events, before tracefs enables them; more may follow. */
  | { type: 'recorder.kernelFormats'; formats: readonly KernelFormat[] }
  /** First step to the pages of a kernel's streams: `recorder.pagesReached` or `recorder.pagesFailed`. */
  | { type: 'recorder.reachPages'; token: number; passage: string }
  /**
   * Second step: the registry has passed the pages of these streams, in their order. The consumer has the streams
   * already, and pumps their pages from now on: `recorder.pagesTaken` or `recorder.pagesFailed`.
   */
  | { type: 'recorder.takePages'; token: number; streams: readonly number[] }
  /** Consumes the stream from now on; a stream that cannot be read is logged as unreadable. */
  | { type: 'recorder.addStream'; stream: ConsumerStream }
  /** The registry is gone: until `recorder.keepOnly` a stream that another consumer takes is left to that one. */
  | { type: 'recorder.noteAlone' }
  /**
   * The registry knows only streams with these data segments. The consumer reads the others until no other process has
   * them attached, then releases them without an event.
   */
  | { type: 'recorder.keepOnly'; segments: readonly number[] }
  /**
   * Writes what is in the buffers at this moment, as far as it can be written: `recorder.flushed` with the same token.
   */
  | { type: 'recorder.flush'; token: number }
  /** Writes the rest of an ended stream, then releases it: `recorder.streamReleased`. */
  | { type: 'recorder.endStream'; streamId: number }
  /**
   * Writes the rest of all streams, and detaches them: `recorder.closed`. `isReplaced`: another consumer writes them,
   * except for streams whose memory has been removed, since it cannot attach these. `archive`: then, if everything is
   * written, its chunk becomes one.
   */
  | { type: 'recorder.close'; isReplaced?: true; archive?: ArchivedChunk };

export type RecorderEvent =
  | { type: 'recorder.opened'; atMs: number }
  | { type: 'recorder.openFailed'; error: OsError }
  | { type: 'recorder.passageReached'; token: number }
  | { type: 'recorder.pagesReached'; token: number }
  | { type: 'recorder.pagesTaken'; token: number }
  /** The pages of none of the streams came: they have no events until the registry passes them again. */
  | { type: 'recorder.pagesFailed'; token: number; error: OsError }
  /**
   * With `failed` nothing is written, and events wait in the buffers; or, after a rotation, files are left; or, after
   * `recorder.regenerate`, traces have the earlier offset. `archive`: what a rotation has made, unless nothing was
   * recorded.
   */
  | {
      type: 'recorder.outputChanged';
      token: number;
      failed?: OutputFailure;
      archive?: string;
      atMs: number;
    }
  | { type: 'recorder.full' }
  | { type: 'recorder.flushed'; token: number; outcome: WritingOutcome }
  | { type: 'recorder.streamReleased'; streamId: number }
  | { type: 'recorder.closed'; outcome: WritingOutcome }
  /** The trace can no longer be written, or can be again, or has lost something; or its link has changed. */
  | { type: 'recorder.changed'; outcome: WritingOutcome };

/** The data path of a snapshot: one trace, written as a whole or not at all. */
export type SnapshotEffect =
  /** `bytesMax`: of all packets together; the newest ones of each stream are copied. */
  | { type: 'snapshot.open'; session: RecordedSession; output: string; bytesMax?: number }
  /** A stream that cannot be attached is logged and counts as lost. */
  | { type: 'snapshot.attach'; stream: ConsumerStream }
  /** Copies the content of all streams: `snapshot.written` or `snapshot.failed`. */
  | { type: 'snapshot.write' }
  /** Removes the incomplete trace. No outcome. */
  | { type: 'snapshot.abandon' };

export type SnapshotEvent =
  /**
   * `streams` were copied, `lost` could not be read, and there was no room for what is `leftOut`. A snapshot without
   * any event makes no trace, and `bytes` is 0.
   */
  | { type: 'snapshot.written'; streams: number; lost: number; bytes: number; leftOut: LeftOut }
  | { type: 'snapshot.failed'; error: OsError };
