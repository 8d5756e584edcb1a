/** Names of the files in the directory of a trace. */

/** Suffix of the directory of an unfinished trace; the writer renames the directory when the trace is complete. */
export const UNFINISHED = '.part';
