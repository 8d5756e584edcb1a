/** The World's files and directories: traces, records of sessions, lock files. Paths are absolute, lengths in bytes. */
import type { OsResult } from './os-error.ts';

export type FileKind = 'file' | 'directory' | 'socket' | 'pipe' | 'link' | 'other';

/** What the kernel reports about a path; `mode` holds the permission bits only. */
export interface FileInfo {
  readonly kind: FileKind;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly byteLength: number;
}

/** What the kernel reports about an open file. */
export interface FileStanding {
  readonly byteLength: number;
  /** The path in question leads to this file; true without a question. */
  readonly isNamed: boolean;
  /** No path leads to this file any more: its content goes with the last process that has it open. */
  readonly isRemoved: boolean;
}

/** What readers of a trace need of a file: one on a disk, or bytes that came over a network. */
export type ReadableFile = Pick<OpenFile, 'read' | 'byteLength' | 'close'>;

/** An open file. Reads name a position; writes only append. */
export interface OpenFile {
  /** Appends the parts in order; returns the number of bytes written, which may be fewer (disk full: ENOSPC). */
  append(parts: readonly Uint8Array[]): OsResult<number>;
  /** Reads up to `into.length` bytes at `position`; 0 at the end. */
  read(into: Uint8Array, position: number): OsResult<number>;
  /** Current length. */
  byteLength(): OsResult<number>;
  /** Whether others have removed, renamed, replaced or shortened the file; links at `path` are not followed. */
  standing(path?: string): OsResult<FileStanding>;
  /** Truncates the file to `byteLength`. */
  truncate(byteLength: number): OsResult<void>;
  /** Makes the content durable. */
  sync(): OsResult<void>;
  /**
   * Takes the file's exclusive lock until the file is closed or the process ends. EAGAIN: another process holds the
   * lock. ENOENT: the path by which the file was opened no longer leads to it.
   */
  lock(): OsResult<void>;
  close(): void;
}

/** A directory that a process holds open; see {@link Files.holdDirectory}. */
export interface HeldDirectory {
  /** The call that opened it has created it. */
  readonly isNew: boolean;
  close(): void;
}

/** Calls by path. An error names the errno and the path. */
export interface Files {
  /** `create`: must not exist yet; `append`: created if absent; `read`. Never follows a link in the last component. */
  open(path: string, how: 'read' | 'append' | 'create', mode?: number): OsResult<OpenFile>;
  /**
   * Creates the directory with exactly `mode`, and its missing parents. EEXIST only if the path is not a directory.
   */
  makeDirectory(path: string, mode: number): OsResult<void>;
  /**
   * Opens the directory. With a `mode` it creates the directory and its missing parents with exactly this mode. On the
   * way it follows only links of this user and of root that no other user can replace (`replaceable.ts`), otherwise
   * ELOOP. Until the directory is closed, each call of this family for a path in it starts at the opened directory,
   * even if it was renamed meanwhile, and follows no link (ENOTDIR). `makeDirectory` creates and opens a removed one
   * again.
   */
  holdDirectory(path: string, mode?: number): OsResult<HeldDirectory>;
  /** Names in a directory, sorted by code unit, without `.` and `..`. */
  list(path: string): OsResult<string[]>;
  /** About the path itself: links are not followed. */
  info(path: string): OsResult<FileInfo>;
  rename(from: string, to: string): OsResult<void>;
  /** Removes a file, socket, pipe, link or empty directory. */
  remove(path: string): OsResult<void>;
  setMode(path: string, mode: number): OsResult<void>;
  setOwner(path: string, uid: number, gid: number): OsResult<void>;
  /** Makes a directory's entries durable (after rename). */
  syncDirectory(path: string): OsResult<void>;
}
