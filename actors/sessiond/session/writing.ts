/** What the trace of a session lacks, as its consumers report it. */
import type { WritingOutcome } from '../../../src/wire/control/outcomes.ts';

export interface Writing extends WritingOutcome {
  /** The consumer that reported last; it counts its own losses. */
  readonly pid: number | undefined;
  /** Losses of the consumers before it. */
  readonly lostBefore: Loss;
}

type Loss = NonNullable<WritingOutcome['lost']>;
const NO_LOSS: Loss = { events: 0, streams: 0, moved: 0 };

function sumOf(one: Loss, other: Loss): Loss {
  const sum = (a: number, b: number): number => Math.min(a + b, Number.MAX_SAFE_INTEGER);
  return {
    events: sum(one.events, other.events),
    streams: sum(one.streams, other.streams),
    moved: sum(one.moved, other.moved),
  };
}

/** No consumer has reported anything yet. */
export const ALL_WRITTEN: Writing = { pid: undefined, lostBefore: NO_LOSS };

/** The process that continues after another one counts only its own losses. */
export function writingBy(before: Writing, pid: number): Writing {
  if (before.pid === pid) return before;
  const { lost = NO_LOSS, lostBefore, unwritten } = before;
  return {
    pid,
    lostBefore: sumOf(lostBefore, lost),
    ...(unwritten === undefined ? {} : { unwritten }),
  };
}

export function isSameOutcome(one: WritingOutcome, other: WritingOutcome): boolean {
  return (
    one.unwritten?.code === other.unwritten?.code &&
    one.unwritten?.streams === other.unwritten?.streams &&
    one.lost?.events === other.lost?.events &&
    one.lost?.streams === other.lost?.streams &&
    one.lost?.moved === other.lost?.moved &&
    isSameLink(one.link, other.link)
  );
}

function isSameLink(one: WritingOutcome['link'], other: WritingOutcome['link']): boolean {
  return (
    one?.state === other?.state &&
    one?.reason === other?.reason &&
    one?.packetsInFlight === other?.packetsInFlight &&
    one?.bytesInFlight === other?.bytesInFlight &&
    one?.packetsStored === other?.packetsStored &&
    one?.storedAtMs === other?.storedAtMs
  );
}

/** For the description of the session. */
export function writingInfo({
  unwritten,
  link,
  lost = NO_LOSS,
  lostBefore,
}: Writing): WritingOutcome {
  const all = sumOf(lostBefore, lost);
  return {
    ...(unwritten === undefined ? {} : { unwritten }),
    ...(link === undefined ? {} : { link }),
    ...(all.events + all.streams + all.moved === 0 ? {} : { lost: all }),
  };
}
