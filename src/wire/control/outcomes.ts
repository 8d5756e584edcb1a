/** What consumers report of their output: links to relays, and what traces lack. */
import * as v from 'valibot';
import { counter, errnoName, u32 } from '../common.ts';

export const OUTPUT_REASON_CHARACTERS_MAX = 500;
/** One sentence without its full stop. */
export const outputReason = v.pipe(v.string(), v.maxLength(OUTPUT_REASON_CHARACTERS_MAX));

/** Why a consumer's output did not change. */
export const outputFailure = v.strictObject({ code: errnoName, reason: outputReason });
export type OutputFailure = v.InferOutput<typeof outputFailure>;

/** A consumer's link to a relay. */
const linkOutcome = v.strictObject({
  /** `lost`: it takes nothing any more, see `reason`. */
  state: v.picklist(['connected', 'lost']),
  reason: v.optional(outputReason),
  /** What the relay has not acknowledged: packets that it was sent, and their bytes. */
  packetsInFlight: counter,
  bytesInFlight: counter,
  /** Packets and bytes that the relay has acknowledged. */
  packetsStored: counter,
  bytesStored: counter,
  /** Time of the last acknowledgement, milliseconds since 1970; absent: none yet. */
  storedAtMs: v.optional(counter),
});
export type LinkOutcome = v.InferOutput<typeof linkOutcome>;

/** What a consumer's trace lacks. */
export const writingOutcome = {
  /** Present for a consumer that sends to a relay. */
  link: v.optional(linkOutcome),
  /** Streams with events that cannot be written at the moment, and the error; absent: all is written. */
  unwritten: v.optional(v.strictObject({ streams: u32, code: errnoName })),
  /** What this consumer has lost so far; absent: nothing. */
  lost: v.optional(
    v.strictObject({
      /** Events that it wrote, and others removed from the disk. */
      events: counter,
      /** Streams whose buffers could not be read to their end. */
      streams: counter,
      /** Streams whose files others moved: their events are in the moved files. */
      moved: counter,
    }),
  ),
};
const writingOutcomeObject = v.strictObject(writingOutcome);
export type WritingOutcome = v.InferOutput<typeof writingOutcomeObject>;
