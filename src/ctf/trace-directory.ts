/** Names of the files in the directory of a trace. */

/** Ends the name of a directory that is no trace yet, and has another name when it is. */
export const UNFINISHED = '.part';
