/** Effects and events of files and named pipes. */

import type { FileInfo } from '../../port/files.ts';
import type { OsError } from '../../port/os-error.ts';

export type FileEffect =
  | { type: 'file.inspect'; path: string }
  | { type: 'file.makeDirectory'; path: string; mode: number; gid?: number }
  | { type: 'file.remove'; path: string }
  /** Takes the lock of the file, made when absent, for as long as the process lives. */
  | { type: 'file.lock'; path: string; mode: number }
  /** Leaves a line for the next holder of a lock that we have; the last one counts. `isAll`: no other is needed. */
  | { type: 'file.noteInLock'; path: string; line: string; isAll: boolean };

export type FileEvent =
  | { type: 'file.inspected'; path: string; info?: FileInfo; error?: OsError }
  | { type: 'file.directoryMade'; path: string }
  | { type: 'file.directoryFailed'; path: string; error: OsError }
  | { type: 'file.removed'; path: string; error?: OsError }
  /** `note`: the owner line of the last holder; empty when there is none. */
  | { type: 'file.locked'; path: string; note: string }
  | { type: 'file.lockFailed'; path: string; error: OsError };

export type PipeEffect =
  /** Waits for one signal; makes the pipe with `mode` when there is none. */
  | { type: 'pipe.await'; path: string; mode: number }
  | { type: 'pipe.unawait'; path: string }
  /** Wakes everybody who waits on it. */
  | { type: 'pipe.signal'; path: string; mode: number };

export type PipeEvent =
  | { type: 'pipe.signalled'; path: string }
  | { type: 'pipe.failed'; path: string; error: OsError };
