/** Names, options and environment variables that a process passes to the programs that it starts. */

/** Names of the environment variables between components. */
/** The session for which a program was started. */
export const SESSION_VARIABLE = 'LTTNG_TS_SESSION';
/** The directory of the user's registry that has the session. */
export const REGISTRY_VARIABLE = 'LTTNG_TS_REGISTRY';

export const CONSUMER_PROGRAM = 'lttng-ts:ust-consumerd';
/** The consumer of a session's kernel part (R1.24). */
export const KERNEL_CONSUMER_PROGRAM = 'lttng-ts:ltt-consumerd';

/** The program that consumes sessions of this domain; undefined: user space. */
export function consumerProgramOf(domain: 'kernel' | undefined): string {
  return domain === 'kernel' ? KERNEL_CONSUMER_PROGRAM : CONSUMER_PROGRAM;
}

/** Makes a consumer copy the content of a session's buffers to the directory that follows. */
export const SNAPSHOT_OPTION = '--snapshot';
/** The largest size of that copy, in bytes. */
export const MAX_SIZE_OPTION = '--max-size';
