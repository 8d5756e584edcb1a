/**
 * Effects and events of files and named pipes. `path` is absolute, also in an event, where it says which effect is
 * answered; `mode` is the permission bits. Errors are the kernel's.
 */

import type { FileInfo } from '../../port/files.ts';
import type { OsError } from '../../port/os-error.ts';

export type FileEffect =
  /** Answered by `file.inspected`: what is at the path, without following a link. */
  | { type: 'file.inspect'; path: string }
  /** Makes it and its missing parents, with exactly `mode`; `gid`: its group. `file.directoryMade` or `…Failed`. */
  | { type: 'file.makeDirectory'; path: string; mode: number; gid?: number }
  /** Answered by `file.removed`, with the error when it could not be; ENOENT is one. */
  | { type: 'file.remove'; path: string }
  /**
   * Takes the lock of the file, made when absent, for as long as the process lives. `file.locked` or `file.lockFailed`,
   * with EAGAIN when another process has it.
   */
  | { type: 'file.lock'; path: string; mode: number }
  /**
   * Leaves a line for the next holder of a lock that we have; the last one counts. `isAll`: no earlier one is needed.
   * No outcome: what does not fit is logged and written again until it does.
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
  /** Makes the pipe when there is none, and waits for one signal: `pipe.signalled`, or `pipe.failed`. */
  | { type: 'pipe.await'; path: string; mode: number }
  /** Ends the emitter's own wait. */
  | { type: 'pipe.unawait'; path: string }
  /** Wakes all processes that wait on it; makes the pipe when there is none. No outcome: a failure is logged. */
  | { type: 'pipe.signal'; path: string; mode: number };

export type PipeEvent =
  | { type: 'pipe.signalled'; path: string }
  | { type: 'pipe.failed'; path: string; error: OsError };
