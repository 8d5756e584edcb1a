/** Where a consumer continues in a stream: compares the previous consumer's checkpoints with the sink's content. */
import type { RingShape } from '../ring/layout.ts';
import { type Checkpoint, type ConsumerPosition, START, type Stored } from '../ring/progress.ts';
import type { Reached } from './sink.ts';

export interface ResumePoint {
  readonly checkpoint: Checkpoint;
  /** The output of the checkpoints is gone: the stream starts over with the content of the buffers. */
  readonly isGone: boolean;
}

/** Where the checkpoints say that the sink's content may end. */
export function reachedBy(position: ConsumerPosition | null): Reached {
  if (position === null) return { announced: 0, stored: 0 };
  const [newest = START] = position.checkpoints();
  return { announced: newest.stored.position, stored: position.atPosition().stored.position };
}

/**
 * The checkpoint that agrees with the end of the stored data (`../ring/progress.ts`); the sink must discard all data
 * after its position. Undefined: the stored data agrees with no checkpoint.
 */
export function findResumePoint(
  position: ConsumerPosition,
  shape: RingShape,
  storedPosition: number,
): ResumePoint | undefined {
  const checkpoints = position.checkpoints();
  const newest = checkpoints[0];
  if (newest === undefined || storedPosition > newest.stored.position) return undefined;
  const checkpoint = checkpoints.find(({ stored }) => stored.position <= storedPosition);
  if (checkpoint !== undefined && isReachable(position, shape, checkpoint)) {
    return { checkpoint, isGone: false };
  }
  if (storedPosition > 0) return undefined;
  const passed = position.atPosition();
  return { checkpoint: { ...passed, stored: countedAsGone(passed) }, isGone: true };
}

/**
 * An output without packets, for a stream whose earlier output is gone. The first packet reports as discarded all
 * events that were in it, and those that it reported as discarded.
 */
export function countedAsGone({ events, discarded }: Checkpoint): Stored {
  return { position: 0, packets: 0, discarded: events + discarded };
}

/** Whether the buffers still hold the next packet: the checkpoint is at the consumed position or one packet further. */
function isReachable(
  position: ConsumerPosition,
  shape: RingShape,
  checkpoint: Checkpoint,
): boolean {
  const { consumed, bytes } = position.passed;
  const distance = (checkpoint.consumed - consumed) >>> 0;
  if (checkpoint.bytes > shape.subbufferBytes) return false;
  if (distance === 0) return checkpoint.bytes >= bytes;
  // In overwrite mode the writer may have been any number of sub-buffers ahead.
  return distance < 2 ** 31 && (shape.overwrite || distance <= shape.subbufferCount);
}
