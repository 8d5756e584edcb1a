/**
 * Exit statuses by which one program learns how another one ended. One table per program, since their numbers overlap;
 * 0 is success everywhere.
 */

/** Any of our programs met a mistake of its own (EX_SOFTWARE of sysexits.h). */
export const EXIT_SOFTWARE = 70;

/** `lttng-sessiond`. */
export const SESSIOND_EXIT = {
  cannotStart: 1,
  alreadyRunning: 3,
} as const;

/** `ust-consumerd`. */
export const CONSUMERD_EXIT = {
  /** The registry refused the consumer. */
  notAttached: 1,
  /** The directory of the trace cannot be made. */
  noOutput: 2,
  /** No registry took the place of the one that ended. */
  registryLost: 4,
  /** The session has another consumer. */
  hasAnother: 5,
} as const;

/** `ust-consumerd --snapshot`. */
export const SNAPSHOT_EXIT = {
  /** The registry refused the snapshot, or ended before it had sent all streams. */
  notAttached: 1,
  /** The trace could not be written. */
  notWritten: 2,
  /** The session has SNAPSHOTS_MAX snapshots under way. */
  tooMany: 3,
  /** A signal ended the snapshot before it was complete. */
  interrupted: 4,
  /** The trace is complete but for streams that could not be read. */
  incomplete: 5,
} as const;
