/**
 * Effects and events of files and named pipes. `path` is absolute; in an event it is the path of the effect with this
 * outcome. `mode` holds the permission bits. Errors come from the kernel.
 */

import type { FileInfo } from '../../port/files.ts';
import type { OsError } from '../../port/os-error.ts';

export type FileEffect =
  /** Answered by `file.inspected`: the file at the path; a symbolic link is not followed. */
  | { type: 'file.inspect'; path: string }
  /** Makes the directory with exactly `mode` and group `gid`, and its parents. `file.directoryMade` or `…Failed`. */
  | { type: 'file.makeDirectory'; path: string; mode: number; gid?: number }
  /** Answered by `file.removed`, with the error if there was one; ENOENT is an error. */
  | { type: 'file.remove'; path: string }
  /**
   * Locks the file for as long as the process lives; creates a missing file. `file.locked` or `file.lockFailed`, with
   * EAGAIN when another process holds the lock.
   */
  | { type: 'file.lock'; path: string; mode: number }
  /**
   * Writes a line for the next holder of a lock that we hold; the last line counts. `isAll`: replaces earlier lines.
   * No outcome: the handler logs a line that does not fit and retries until it does.
   */
  | { type: 'file.noteInLock'; path: string; line: string; isAll: boolean };

export type FileEvent =
  /** Either `info` or `error`. */
  | { type: 'file.inspected'; path: string; info?: FileInfo; error?: OsError }
  | { type: 'file.directoryMade'; path: string }
  | { type: 'file.directoryFailed'; path: string; error: OsError }
  | { type: 'file.removed'; path: string; error?: OsError }
  /** `note`: the owner line of the last holder; empty when there is none. */
  | { type: 'file.locked'; path: string; note: string }
  | { type: 'file.lockFailed'; path: string; error: OsError };

export type PipeEffect =
  /** Creates a missing pipe, and waits for one signal: `pipe.signalled`, or `pipe.failed`. */
  | { type: 'pipe.await'; path: string; mode: number }
  /** Ends the emitter's own wait. */
  | { type: 'pipe.unawait'; path: string }
  /** Wakes all processes that wait on the pipe; creates a missing pipe. No outcome: a failure is logged. */
  | { type: 'pipe.signal'; path: string; mode: number };

export type PipeEvent =
  | { type: 'pipe.signalled'; path: string }
  | { type: 'pipe.failed'; path: string; error: OsError };
