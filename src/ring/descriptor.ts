/** What the descriptor of a sub-buffer says, as its reader takes it (`layout.ts`): nothing that it says is trusted. */
import type { ReadableSegment } from '../port/shared-memory.ts';
import {
  DESCRIPTOR_BEGUN,
  DESCRIPTOR_COMMITTED,
  DESCRIPTOR_DISCARDED_AT_CLOSE,
  DESCRIPTOR_LAST_TIMESTAMP,
  DESCRIPTOR_TALLIES,
  OFFSET_DISCARDED,
  TALLY_BYTES,
} from './layout.ts';
import type { Extent } from './packet.ts';

/** How often a flush tries to read the current sub-buffer between two events before it gives up. */
export const STABLE_READ_ATTEMPTS = 1000;

/** Of a sub-buffer that its writer has completed. */
export function completeExtent(
  data: ReadableSegment,
  line: number,
  subbufferBytes: number,
): Extent {
  const committed = committedIn(data, line, subbufferBytes);
  return {
    committed,
    events: eventsIn(data, line, committed) ?? data.loadU32(line + DESCRIPTOR_TALLIES),
    endTimestamp: data.loadU64(line + DESCRIPTOR_LAST_TIMESTAMP),
    discarded: data.loadF64(line + DESCRIPTOR_DISCARDED_AT_CLOSE),
  };
}

/**
 * Of the current sub-buffer, read between two events: the last timestamp is then not after the next event, so it can
 * start the clock of the next packet.
 */
export function stableExtent(
  data: ReadableSegment,
  line: number,
  subbufferBytes: number,
): Extent | undefined {
  for (let attempt = 0; attempt < STABLE_READ_ATTEMPTS; attempt++) {
    const committed = committedIn(data, line, subbufferBytes);
    const endTimestamp = data.loadU64(line + DESCRIPTOR_LAST_TIMESTAMP);
    const events = eventsIn(data, line, committed);
    const discarded = data.loadF64(OFFSET_DISCARDED);
    if (events !== undefined && committedIn(data, line, subbufferBytes) === committed) {
      return { committed, events, endTimestamp, discarded };
    }
  }
  return undefined;
}

/**
 * The bytes that are committed, if the writer was recording no event when this call began: no store was between the
 * time of one and its commit. Undefined: it may have been.
 */
export function bytesAtRest(
  data: ReadableSegment,
  line: number,
  subbufferBytes: number,
): number | undefined {
  const begun = data.loadU32(line + DESCRIPTOR_BEGUN);
  const committed = committedIn(data, line, subbufferBytes);
  return eventsIn(data, line, committed) === begun ? committed : undefined;
}

function committedIn(data: ReadableSegment, line: number, subbufferBytes: number): number {
  return Math.min(data.loadU32(line + DESCRIPTOR_COMMITTED), subbufferBytes);
}

function eventsIn(data: ReadableSegment, line: number, committed: number): number | undefined {
  for (let tally = line + DESCRIPTOR_TALLIES; ; tally += TALLY_BYTES) {
    if (tally === line + DESCRIPTOR_TALLIES + 2 * TALLY_BYTES) return undefined;
    const events = data.loadU32(tally);
    if (data.loadU32(tally + 4) === committed) return events;
  }
}
