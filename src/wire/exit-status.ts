/**
 * Exit statuses by which a program reports to its parent how it ended. One table per program, since their numbers
 * overlap; 0 is success in all programs.
 */

/** Any of our programs ended on an error in its own code (EX_SOFTWARE of sysexits.h). */
export const EXIT_SOFTWARE = 70;

/** `lttng-sessiond`. */
export const SESSIOND_EXIT = {
  cannotStart: 1,
  alreadyRunning: 3,
  /** The process may open too few files to serve anyone. */
  fewDescriptors: 4,
} as const;

/** `lttng-relayd`. */
export const RELAYD_EXIT = {
  /** It cannot listen, or cannot create its output directory. */
  cannotStart: 1,
} as const;

/** `ust-consumerd`. */
export const CONSUMERD_EXIT = {
  /** The registry refused the consumer. */
  notAttached: 1,
  /** The consumer cannot create the directory of the trace. */
  noOutput: 2,
  /** The registry ended, and no registry replaced it. */
  registryLost: 4,
  /** The session has another consumer. */
  hasAnother: 5,
} as const;

/** `ust-consumerd --snapshot`. */
export const SNAPSHOT_EXIT = {
  /** The registry refused the snapshot, or ended before it had sent all streams. */
  notAttached: 1,
  /** The snapshot could not write the trace. */
  notWritten: 2,
  /** The session has SNAPSHOTS_MAX running snapshots. */
  tooMany: 3,
  /** A signal ended the snapshot before it was complete. */
  interrupted: 4,
  /** The trace is complete except for streams that could not be read. */
  incomplete: 5,
  /** The trace has the newest packets; older ones had no room in its largest size. */
  short: 6,
  shortAndIncomplete: 7,
  /** No packet had room in the largest size: there is no trace. */
  noRoom: 8,
} as const;
