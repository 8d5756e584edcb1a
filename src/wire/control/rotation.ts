/** Rotations of a session's trace: the parts that it is cut into (chunks), and when that happens by itself. */
import * as v from 'valibot';
import { counter, path, u32 } from '../common.ts';

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
const rotationBytes = v.pipe(counter, v.minValue(ROTATION_BYTES_MIN));

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

/** What the registry has a consumer do with the chunk. */
export const rotationToConsumer = [
  /**
   * The consumer moves the session's files in this directory into an archive of this chunk, or with `clear` removes
   * them, and then writes new files. With `failed` in its answer some of the old files are still there.
   */
  v.strictObject({
    type: v.literal('output.rotate'),
    token: u32,
    output: path,
    chunk,
    clear: v.optional(v.literal(true)),
  }),
  /**
   * The consumer gives the session's traces in this directory, archives apart, the present offset between their clock
   * and the time of day. With `failed` in its answer some of them have the earlier one.
   */
  v.strictObject({ type: v.literal('output.regenerate'), token: u32, output: path }),
  /**
   * When the consumer has written so many bytes into a chunk, it says `output.full`; absent: it says nothing. A
   * consumer that attaches again, and has told an earlier registry, says it again.
   */
  v.strictObject({ type: v.literal('output.limit'), bytes: v.optional(rotationBytes) }),
] as const;
