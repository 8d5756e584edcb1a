/**
 * Effects and events of a stream's memory: a data segment, a position segment and the consumer's wake-up pipe.
 * `wakePath` and `directory` are absolute.
 */
import type { OsError } from '../../port/os-error.ts';
import type { SegmentRef } from '../../port/shared-memory.ts';
import type { RingShape } from '../../ring/layout.ts';

export type MemoryEffect =
  /** Creates both segments and, unless it exists, the pipe. `memory.streamCreated`; `…Failed`: nothing is left. */
  | {
      type: 'memory.createStream';
      streamId: number;
      /** Identifies the application's link; the outcome repeats it. */
      link: string;
      shape: RingShape;
      writer: { uid: number; gid: number };
      consumer: { uid: number; gid: number };
      /** The group that may read the data; left out: only the writer's user may. */
      readerGid?: number;
      wakePath: string;
      /** Of a kernel part: the position segment has a slot for a page of this length. */
      pageBytes?: number;
    }
  /** Counts the events that no consumer has read: `memory.counted`. A stream that cannot be attached counts as one. */
  | { type: 'memory.countUnread'; streams: readonly StreamSegments[] }
  /** Asks whether another thread can go on in a stream after its writer has ended: `memory.inspected`. */
  | {
      type: 'memory.inspectStream';
      streamId: number;
      dataSegment: SegmentRef;
      positionSegment: SegmentRef;
      shape: RingShape;
    }
  /** Measures what the buffers hold: `memory.measured` with the same `link` and `id`, which say who asked. */
  | { type: 'memory.measure'; link: string; id: number; streams: readonly StreamSegments[] }
  /** Later snapshots have nothing of what the buffers hold: `memory.cleared` with the same `link` and `id`. */
  | { type: 'memory.clear'; link: string; id: number; streams: readonly StreamSegments[] }
  /** No outcome: a failed removal is logged, unless the segment or pipe is gone already. */
  | {
      type: 'memory.removeStream';
      dataSegment: SegmentRef;
      positionSegment: SegmentRef;
      wakePath?: string;
    }
  /**
   * Removes segments that the earlier registries `creators` created but did not record, and unrecorded wake-up pipes.
   * A registry is known by the creator mark in its segments' headers. Answered by `memory.swept`.
   */
  | {
      type: 'memory.sweep';
      creators: readonly string[];
      /** The streams that records name: they stay, and count for their writers' users. */
      streams: readonly KnownStream[];
      /**
       * The known wake-up pipes; other pipes with this prefix in the directory are removed, and the sockets of passages
       * with theirs.
       */
      pipes: {
        directory: string;
        prefix: string;
        paths: readonly string[];
        passagePrefix: string;
      };
      /** False: a record could not be read, so that nothing may be removed. */
      isWhole: boolean;
    };

export interface StreamSegments {
  readonly dataSegment: SegmentRef;
  readonly positionSegment: SegmentRef;
}

/** A stream's memory that a record names. */
export interface KnownStream extends StreamSegments {
  readonly shape: RingShape;
  readonly writerUid: number;
}

/** What the streams of one user's applications may take in all sessions of a registry together. */
export interface MemoryShare {
  readonly streams: number;
  readonly bytes: number;
}

export type MemoryEvent =
  | {
      type: 'memory.streamCreated';
      streamId: number;
      link: string;
      dataSegment: SegmentRef;
      positionSegment: SegmentRef;
    }
  /** `share`: not the system refused the stream; the writer's user has this much already. */
  | {
      type: 'memory.streamFailed';
      streamId: number;
      link: string;
      error: OsError;
      share?: MemoryShare;
    }
  /** `fault`: why no thread can go on in the stream. */
  | { type: 'memory.inspected'; streamId: number; fault?: string }
  /** `streams`: those with unread events, or whose events cannot be counted. */
  | { type: 'memory.counted'; events: number; streams: number }
  /** What no sink has stored, without streams that cannot be attached; `streams`: those that hold something. */
  | {
      type: 'memory.measured';
      link: string;
      id: number;
      events: number;
      bytes: number;
      streams: number;
    }
  /** Streams that cannot be attached, or are damaged, are as they were. */
  | { type: 'memory.cleared'; link: string; id: number }
  /**
   * `creators`: the registries whose memory is, or may be, not completely removed. `own`: the mark in all segments that
   * this process creates.
   */
  | { type: 'memory.swept'; creators: readonly string[]; own: string };
