/** Effects and events of shared memory. */
import type { OsError } from '../../port/os-error.ts';
import type { RingShape } from '../../ring/layout.ts';

/** A stream's memory: two segments and the consumer's wake-up pipe. */
export type MemoryEffect =
  | {
      type: 'memory.createStream';
      streamId: number;
      /** Whose stream it is: comes back with the outcome. */
      link: string;
      shape: RingShape;
      writer: { uid: number; gid: number };
      consumer: { uid: number; gid: number };
      /** Group that may read the data, or undefined: only the writer's user may. */
      readerGid?: number;
      wakePath: string;
    }
  | {
      type: 'memory.removeStream';
      dataSegment: number;
      positionSegment: number;
      wakePath?: string;
    }
  /** Removes segments and pipes that dead registries created and did not record. */
  | {
      type: 'memory.sweep';
      makers: readonly number[];
      /** Undefined: the records could not be read, so that nothing may go. */
      known?: {
        readonly segments: readonly number[];
        /** Wake-up pipes: what has this prefix in the directory, and is not among these paths. */
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
  /** `makers`: those of whose memory some is still there, or may be. */
  | { type: 'memory.swept'; makers: readonly number[] };
