/** What an oracle says when something is wrong. */

/** The laws that every run is held against; each has a bug of `../bugs/bugs.ts` that it catches. */
export const ORACLES = [
  /** Emitted = readable + counted as discarded; in order, once, undamaged; nothing else. */
  'conservation',
  /** Everything that has to be recorded is asked for: enabled from the start on, to the end. */
  'coverage',
  /** A trace can be read at every instant, and only grows. */
  'readability',
  /** Nobody holds or is given what its credentials forbid. */
  'isolation',
  /** Commands are answered as expected. */
  'answers',
  /** Some order of all commands explains all answers, also over kills of registries. */
  'linearizable',
  /** Programs of another major version are refused, and nothing else is said; others are not. */
  'versions',
  /** Everything comes to an end in time. */
  'liveness',
  /** Nothing stays behind. */
  'leftovers',
  /** Applications do what they would do without tracing, and end when they would. */
  'interference',
  /** What programs hold, at any moment, follows from who is there. */
  'bounds',
  /** No exception, no event that no state wanted, no failed program. */
  'conduct',
] as const;
export type OracleId = (typeof ORACLES)[number];

export interface Finding {
  readonly oracle: OracleId;
  /** One sentence. */
  readonly text: string;
}

/** An oracle's own way to say it. */
export function finder(oracle: OracleId): (text: string) => Finding {
  return (text) => ({ oracle, text });
}
