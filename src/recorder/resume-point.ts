/** Where a consumer continues in a stream: the checkpoints of the one before it, held against what the sink has. */
import type { RingShape } from '../ring/layout.ts';
import { type Checkpoint, type ConsumerPosition, NOTHING_STORED } from '../ring/progress.ts';

export interface ResumePoint {
  readonly checkpoint: Checkpoint;
  /** What the checkpoints are about is gone: the stream begins anew, with what is in the buffers. */
  readonly isGone: boolean;
}

/**
 * The checkpoint that the end of what is stored proves true (`../ring/progress.ts`); the sink is to take back what is
 * behind its position. Undefined: what is stored is not what the checkpoints are about.
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
  return { checkpoint: { ...position.atPosition(), stored: NOTHING_STORED }, isGone: true };
}

/** Whether the buffers still hold what comes after the checkpoint: it is at the position, or one packet further. */
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
