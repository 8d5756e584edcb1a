/** Exit statuses of a snapshot, which `lttng` tells people about. 0: it is complete. */

/** The registry did not take it, or went away before it had everything. */
export const EXIT_NOT_ATTACHED = 1;
/** The trace could not be written. */
export const EXIT_NOT_WRITTEN = 2;
/** The session has as many snapshots under way as it may have. */
export const EXIT_TOO_MANY = 3;
/** Told to end before it was complete. */
export const EXIT_INTERRUPTED = 4;
/** The trace is there, without streams that could not be read: theirs is the loss, and nobody else's. */
export const EXIT_INCOMPLETE = 5;
