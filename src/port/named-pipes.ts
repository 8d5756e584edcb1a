/**
 * The World's named pipes. Applications wait on one for a registry (R1.16), consumers read one for sub-buffers that are
 * ready (R1.21).
 */
import type { OsResult } from './os-error.ts';

/** A wait on a named pipe; see {@link NamedPipes}. */
export interface PipeWait {
  /** Stops waiting; nothing is called afterwards. */
  close(): void;
}

/** The end of a pipe that writes. */
export interface PipeWriter {
  /** Writes up to 512 bytes whole or not at all, never blocking; false when the pipe is full or unread. */
  write(bytes: Uint8Array): boolean;
  close(): void;
}

/** Named pipes by path. A wait or a writer lives until it is closed or the process ends. */
export interface NamedPipes {
  /** Makes a FIFO with exactly these owner and mode bits. EEXIST when the path exists. */
  create(
    path: string,
    options: { readonly mode: number; readonly uid?: number; readonly gid?: number },
  ): OsResult<void>;
  /**
   * Waits for a signal on the pipe: `onSignal` is called once, when any process signals it, for every waiter.
   * Never keeps the process alive, uses no thread and no CPU. ENXIO when the path is not a pipe.
   */
  awaitSignal(path: string, onSignal: () => void): OsResult<PipeWait>;
  /** Wakes everybody who waits at this moment: opens for writing and closes. ENXIO when nobody waits. */
  signal(path: string): OsResult<void>;
  /** Reads what writers write, for as long as the wait lives; survives writers coming and going. */
  read(path: string, onBytes: (bytes: Uint8Array) => void): OsResult<PipeWait>;
  /** Opens for writing without blocking. ENXIO when nobody reads. */
  openWriter(path: string): OsResult<PipeWriter>;
}
