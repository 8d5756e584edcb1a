/** What a process passes to the programs that it starts: names, options and environment variables. */

/** Names of the environment variables that components give each other. */
export const SESSION_VARIABLE = 'LTTNG_TS_SESSION';

export const CONSUMER_PROGRAM = 'lttng-ts:ust-consumerd';

/** Makes a consumer copy what a session's buffers hold, to the directory that follows. */
export const SNAPSHOT_OPTION = '--snapshot';
