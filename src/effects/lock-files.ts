/**
 * Locks of files, held for as long as the process lives, and the owner lines that their holders write into the files.
 *
 * Owner lines are appended; older ones are truncated only when they are obsolete. A process that is killed at any point
 * leaves its own line or the previous one. An incomplete line is ignored.
 */
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { OpenFile } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import { appendFully, readFully } from '../port/read-fully.ts';
import type { World } from '../port/world.ts';

/** How many bytes are read from the end of a lock file. */
const OWNER_LINE_BYTES_MAX = 1024;
/** A longer lock file is truncated before the next line. */
const LOCK_FILE_BYTES_MAX = 64 * OWNER_LINE_BYTES_MAX;
/** The interval between attempts to write a line. */
const OWNER_LINE_RETRY_MS = 1000;

export class LockFiles {
  readonly #world: Pick<World, 'clock' | 'files' | 'log'>;
  /** By path. The files stay open: closing a file would release its lock. */
  readonly #files = new Map<string, OpenFile>();
  /** Paths whose owner line could not be written yet. */
  readonly #unwritten = new Set<string>();

  constructor(world: Pick<World, 'clock' | 'files' | 'log'>) {
    this.#world = world;
  }

  /** Returns the owner line of the last holder. */
  lock(path: string, mode: number): OsResult<string> {
    const opened = this.#world.files.open(path, 'append', mode);
    if (!opened.ok) return opened;
    const file = opened.value;
    const locked = file.lock();
    if (!locked.ok) {
      file.close();
      return locked;
    }
    this.#files.set(path, file);
    const line = lastLine(file);
    if (line.ok) return line;
    this.#world.log('lock.readFailed', { path, ...line.error });
    return ok('');
  }

  /** Writes the owner line of a lock that we hold; retries until it fits. `isAll`: replaces earlier lines. */
  writeOwnerLine(path: string, line: string, isAll: boolean): void {
    const file = this.#files.get(path);
    assert(file !== undefined, 'pre:file.noteInLock:is-locked');
    const length = file.byteLength();
    const isLong = length.ok && length.value > LOCK_FILE_BYTES_MAX;
    if (isAll || isLong) file.truncate(0);
    // The first newline ends an incomplete line.
    const written = appendFully(path, file, encodeUtf8(`\n${line}\n`));
    if (written.ok) {
      if (this.#unwritten.delete(path)) this.#world.log('lock.ownerWritten', { path });
      return;
    }
    if (!this.#unwritten.has(path)) {
      this.#world.log('lock.ownerNotWritten', { path, code: written.error.code });
    }
    this.#unwritten.add(path);
    this.#world.clock.setTimer(OWNER_LINE_RETRY_MS, () => this.writeOwnerLine(path, line, isAll));
  }
}

/** The last complete line at the end of the file. */
function lastLine(file: OpenFile): OsResult<string> {
  const length = file.byteLength();
  if (!length.ok) return length;
  const bytes = new Uint8Array(OWNER_LINE_BYTES_MAX);
  const count = readFully(file, bytes, Math.max(0, length.value - bytes.length));
  if (!count.ok) return count;
  const lines = decodeUtf8(bytes.subarray(0, count.value)).split('\n');
  return ok(lines.slice(0, -1).findLast((line) => line !== '') ?? '');
}
