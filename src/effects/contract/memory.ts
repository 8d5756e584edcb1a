/**
 * Effects and events of a stream's memory: a data segment, a position segment and the consumer's wake-up pipe. Segments
 * are named by the ids that the kernel gave them, `wakePath` and `directory` are absolute.
 */
import type { OsError } from '../../port/os-error.ts';
import type { RingShape } from '../../ring/layout.ts';

export type MemoryEffect =
  /** Makes both segments and, unless it exists, the pipe. `memory.streamCreated`, or `…Failed` and nothing stays. */
  | {
      type: 'memory.createStream';
      streamId: number;
      /** Whose stream it is: comes back with the outcome. */
      link: string;
      shape: RingShape;
      writer: { uid: number; gid: number };
      consumer: { uid: number; gid: number };
      /** Group that may read the data; left out: only the writer's user may. */
      readerGid?: number;
      wakePath: string;
    }
  /** No outcome: what cannot be removed is logged. What is gone already is no failure. */
  | {
      type: 'memory.removeStream';
      dataSegment: number;
      positionSegment: number;
      wakePath?: string;
    }
  /**
   * Removes what the dead processes `makers` created and no record names: they died before they could write it down.
   * Answered by `memory.swept`.
   */
  | {
      type: 'memory.sweep';
      makers: readonly number[];
      /** What records name. Left out: not every record could be read, so that nothing may go. */
      known?: {
        readonly segments: readonly number[];
        /** Wake-up pipes that are known; others of this prefix in the directory are removed. */
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
  /** `makers`: those whose memory is still there in part, or may be. */
  | { type: 'memory.swept'; makers: readonly number[] };
