/**
 * Effects and events of a stream's memory: a data segment, a position segment and the consumer's wake-up pipe. The
 * kernel's ids name segments; `wakePath` and `directory` are absolute.
 */
import type { OsError } from '../../port/os-error.ts';
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
    }
  /** Counts the events that no consumer has read: `memory.counted`. A stream that cannot be attached counts as one. */
  | {
      type: 'memory.countUnread';
      streams: readonly { dataSegment: number; positionSegment: number }[];
    }
  /** No outcome: a failed removal is logged, unless the segment or pipe is gone already. */
  | {
      type: 'memory.removeStream';
      dataSegment: number;
      positionSegment: number;
      wakePath?: string;
    }
  /**
   * Removes segments that the dead processes `creators` created but did not record, and unrecorded wake-up pipes.
   * Answered by `memory.swept`.
   */
  | {
      type: 'memory.sweep';
      creators: readonly number[];
      /** The memory that records name. Left out: a record could not be read, so that nothing may be removed. */
      known?: {
        readonly segments: readonly number[];
        /** The known wake-up pipes; other pipes with this prefix in the directory are removed. */
        readonly pipes: { directory: string; prefix: string; paths: readonly string[] };
      };
    };

export type MemoryEvent =
  | {
      type: 'memory.streamCreated';
      streamId: number;
      link: string;
      dataSegment: number;
      positionSegment: number;
    }
  | { type: 'memory.streamFailed'; streamId: number; link: string; error: OsError }
  /** `streams`: those with unread events, or whose events cannot be counted. */
  | { type: 'memory.counted'; events: number; streams: number }
  /** `creators`: the processes whose memory is, or may be, not completely removed. */
  | { type: 'memory.swept'; creators: readonly number[] };
