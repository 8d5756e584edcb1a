/** The sessions that a round of the torture test records, and the events that its applications emit into each. */
export interface TortureSession {
  readonly name: string;
  /** The event class that only this session enables. */
  readonly event: string;
  /** Its channel; `lttng add-channel` takes these. */
  readonly channel: readonly string[];
  readonly isOverwriting: boolean;
  /** Events in a row, and the interval: a burst overfills the buffers of the small channels. */
  readonly burst: number;
  readonly everyTurns: number;
}

const SMALL = ['--subbuf-size', '4k', '--num-subbuf', '2'];

export const SESSIONS: readonly [TortureSession, ...TortureSession[]] = [
  {
    name: 'roomy',
    event: 'torture:roomy',
    channel: ['--discard'],
    isOverwriting: false,
    burst: 20,
    everyTurns: 1,
  },
  {
    name: 'narrow',
    event: 'torture:narrow',
    channel: ['--discard', ...SMALL],
    isOverwriting: false,
    burst: 150,
    everyTurns: 8,
  },
  {
    name: 'newest',
    event: 'torture:newest',
    channel: ['--overwrite', ...SMALL],
    isOverwriting: true,
    burst: 150,
    everyTurns: 8,
  },
];

/** A flight recorder beside them; commands take snapshots of it. */
export const RECORDER: TortureSession = {
  name: 'recorder',
  event: 'torture:recorder',
  channel: SMALL,
  isOverwriting: true,
  burst: 5,
  everyTurns: 1,
};
/** All sessions, in the order of the applications' accounts. */
export const EMITTED: readonly TortureSession[] = [...SESSIONS, RECORDER];

/** Text of 60 characters, so that damage shows. */
const TEXT_CHARACTERS = 60;

export function textOf(incarnation: number | string, event: string): string {
  return `${incarnation} ${event} `.padEnd(TEXT_CHARACTERS, '.');
}

/** An application's account of one class: two 32-bit numbers, little endian, at these places. */
export const NOTE_BYTES = 8;
export const BEGUN = 0;
export const DONE = 4;
