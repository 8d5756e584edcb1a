/** Names of files in the directories of traces, and of entries of their environments. */

/** Suffix of the directory of an unfinished trace; the writer renames the directory when the trace is complete. */
export const UNFINISHED = '.part';

/** Entry of a trace's environment: the UUID of the session that the trace is of. Another session may have its name. */
export const SESSION_UUID = 'session_uuid';

/** Entry of the environment of a user's trace: the user. */
export const BUFFERING_ID = 'tracer_buffering_id';

/** Entry of the environment of a trace whose directory has no time: the key by which consumers find it. */
export const TRACE_KEY = 'trace_key';

/** Where the archives of a session's rotations lie under its output directory. */
export const archivesIn = (output: string): string => `${output}/archives`;

/** Directory of a session's traces of programs, in its output directory. */
export const USER_TRACES = 'ust';

/** Directory of a session's trace of the kernel, in its output directory; another one has a number appended. */
export const KERNEL_TRACE = 'kernel';
const KERNEL_TRACES = /^kernel(?:-\d+)?$/;

/** Where a session's traces of programs lie under its output directory. */
export const tracesIn = (output: string): string => `${output}/${USER_TRACES}`;

/** Whether an entry of an output directory may be a trace of the kernel. */
export const isKernelTrace = (name: string): boolean => KERNEL_TRACES.test(name);
