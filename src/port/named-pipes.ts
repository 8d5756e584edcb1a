/**
 * The World's named pipes. Applications wait on a pipe for a registry (R1.16); consumers read a pipe on which
 * applications report complete sub-buffers (R1.21).
 */
import type { OsResult } from './os-error.ts';

/** A wait on a named pipe; see {@link NamedPipes}. */
export interface PipeWait {
  /** Stops the wait; no callback follows. */
  close(): void;
}

/** The writing end of a pipe. */
export interface PipeWriter {
  /** Writes up to 512 bytes whole or not at all, never blocks; false if the pipe is full or has no reader. */
  write(bytes: Uint8Array): boolean;
  close(): void;
}

/** Named pipes by path. A wait or a writer lives until it is closed or the process ends. */
export interface NamedPipes {
  /** Creates a FIFO with exactly these owner and mode bits. EEXIST if the path exists. */
  create(
    path: string,
    options: { readonly mode: number; readonly uid?: number; readonly gid?: number },
  ): OsResult<void>;
  /**
   * Waits for a signal on the pipe: when any process signals it, every waiter's `onSignal` is called once, unless
   * another process has the pipe open for writing. Bytes that a process writes wake a waiter, too, and are gone. The
   * wait never keeps the process alive and uses no thread and no CPU. ENXIO if the path is not a pipe.
   */
  awaitSignal(path: string, onSignal: () => void): OsResult<PipeWait>;
  /** Wakes all present waiters: opens the pipe for writing and closes it. ENXIO if there is no waiter. */
  signal(path: string): OsResult<void>;
  /** Reads the bytes of all writers until the wait is closed; it does not end when the last writer closes. */
  read(path: string, onBytes: (bytes: Uint8Array) => void): OsResult<PipeWait>;
  /** Opens for writing without blocking. ENXIO if the pipe has no reader. */
  openWriter(path: string): OsResult<PipeWriter>;
}
