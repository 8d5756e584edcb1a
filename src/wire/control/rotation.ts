/** Rotations of a session's trace: the parts that it is cut into (chunks), and when that happens by itself. */
import * as v from 'valibot';
import { counter } from '../common.ts';

/** Shortest and longest time between two scheduled rotations, microseconds: the latter is that of a timer. */
export const ROTATION_US_MIN = 1_000_000;
export const ROTATION_US_MAX = 2_147_483_000_000;
/** Least number of bytes after which a chunk ends. */
export const ROTATION_BYTES_MIN = 64 * 1024;

const rotationPeriod = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(ROTATION_US_MIN),
  v.maxValue(ROTATION_US_MAX),
);
export const rotationBytes = v.pipe(counter, v.minValue(ROTATION_BYTES_MIN));

/** Rotations without a command: whichever comes first. */
export const rotationSchedule = {
  /** Since the last scheduled one. */
  everyUs: v.optional(rotationPeriod),
  /** What the consumer has written into the chunk. */
  atBytes: v.optional(rotationBytes),
};

/** The chunk that a consumer writes. */
export const chunk = v.strictObject({
  /** The chunks of a session have numbers from 0 on; `clear` makes no new one. */
  number: counter,
  /** Milliseconds since 1970; absent: unknown. */
  begunAtMs: v.optional(counter),
});
export type Chunk = v.InferOutput<typeof chunk>;
