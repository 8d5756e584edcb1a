/** The sessions that a round of the torture test records into, and what its applications emit into each. */
export interface TortureSession {
  readonly name: string;
  /** The one event class that is enabled in it, and nowhere else. */
  readonly event: string;
  /** Its channel; `lttng add-channel` takes these. */
  readonly channel: readonly string[];
  readonly isOverwriting: boolean;
  /** Events in a row, and how often: those of the small channels are more than their buffers hold. */
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

/** A flight recorder beside them, of which snapshots are taken. */
export const RECORDER: TortureSession = {
  name: 'recorder',
  event: 'torture:recorder',
  channel: SMALL,
  isOverwriting: true,
  burst: 5,
  everyTurns: 1,
};
/** All of them, in the order in which applications keep account. */
export const EMITTED: readonly TortureSession[] = [...SESSIONS, RECORDER];

/** Text of 60 characters: what is damaged shows. */
const TEXT_CHARACTERS = 60;

export function textOf(incarnation: number | string, event: string): string {
  return `${incarnation} ${event} `.padEnd(TEXT_CHARACTERS, '.');
}

/** An application's account of one class: two 32-bit numbers, little endian, at these places. */
export const NOTE_BYTES = 8;
export const BEGUN = 0;
export const DONE = 4;
