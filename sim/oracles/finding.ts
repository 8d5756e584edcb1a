/** Findings: the violations that oracles report. */

/** The laws that every run is checked against; each catches a bug of `../bugs/bugs.ts`. */
export const ORACLES = [
  /** Emitted = readable + counted as discarded; in order, once, undamaged; no other events. */
  'conservation',
  /** Tracepoints are enabled from the start to the end of the time in which they must record. */
  'coverage',
  /** A trace can be read at every instant, and only grows. */
  'readability',
  /** No process holds or receives an object that its credentials forbid. */
  'isolation',
  /** Commands are answered as expected. */
  'answers',
  /** Some order of all commands explains all answers, also over kills of registries. */
  'linearizable',
  /** What a command reports as kept in a file is there, and loading it gives the same session. */
  'kept',
  /** Programs of another major version are refused and receive no other message; other versions are served. */
  'versions',
  /** Every command and process finishes in time. */
  'liveness',
  /** No resource is left behind. */
  'leftovers',
  /** Applications do what they would do without tracing, and end when they would. */
  'interference',
  /** The resources of programs match their peers at any moment. */
  'bounds',
  /** No exception, no event that no state handles, no failed program. */
  'conduct',
] as const;
export type OracleId = (typeof ORACLES)[number];

export interface Finding {
  readonly oracle: OracleId;
  /** One sentence. */
  readonly text: string;
}

/** A function that makes findings of one oracle. */
export function finder(oracle: OracleId): (text: string) => Finding {
  return (text) => ({ oracle, text });
}
