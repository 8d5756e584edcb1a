/**
 * What a relay stores of one session: its directory and its open trace chunks. Several peers can share it, because
 * LTTng opens a connection for each of a session's tracers (kernel, 32-bit and 64-bit user space).
 */

import { formatBasicDateTime } from '../base/calendar.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { NS_PER_SECOND_BIGINT } from '../base/time.ts';
import { type OsError, type OsResult, osErrorText } from '../port/os-error.ts';
import type { CloseChunkRequest } from '../wire/relay/close-chunk.ts';
import type { CreateChunkRequest } from '../wire/relay/create-chunk.ts';
import { TraceChunk } from './chunk.ts';
import type { Directories } from './directories.ts';
import { LAST_SECOND, NAME_ATTEMPTS_MAX, OPEN_CHUNKS_MAX } from './limits.ts';
import { safeName } from './names.ts';
import { DIRECTORY_MODE, type Place } from './tracefile.ts';

/** Creates the first directory among `PATH`, `PATH-2`, … that does not exist: nothing that is stored is overwritten. */
export function createDirectory(files: Directories, path: string): OsResult<string> {
  let tried = path;
  for (let attempt = 2; attempt <= NAME_ATTEMPTS_MAX; attempt++) {
    const found = files.info(tried);
    if (!found.ok && found.error.code !== 'ENOENT') return found;
    if (!found.ok) {
      const made = files.makeDirectory(tried, DIRECTORY_MODE);
      return made.ok ? ok(tried) : made;
    }
    tried = `${path}-${attempt}`;
  }
  return fail({ code: 'EEXIST', call: 'files.makeDirectory', subject: path });
}

export class SessionDirectory implements Place {
  readonly #files: Directories;
  /** Absolute; streams without trace chunks have their files here. */
  readonly path: string;
  readonly isRemoved = false;
  readonly #onFailed: (error: OsError) => void;
  readonly #onUnused: () => void;
  readonly #chunks = new Map<bigint, TraceChunk>();
  #hasRotated = false;
  #users = 0;

  constructor(
    files: Directories,
    path: string,
    on: { readonly failed: (error: OsError) => void; readonly unused: () => void },
  ) {
    this.#files = files;
    this.path = path;
    this.#onFailed = on.failed;
    this.#onUnused = on.unused;
  }

  hold(): void {
    this.#users += 1;
  }

  leave(): void {
    // It stays as long as its peers; only trace chunks are waited for.
  }

  /** The last one removes the directory if it is empty. */
  release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    const names = this.#files.list(this.path);
    if (names.ok && names.value.length === 0) {
      const removed = this.#files.remove(this.path);
      if (!removed.ok) this.#onFailed(removed.error);
    }
    this.#onUnused();
  }

  chunk(id: bigint): TraceChunk | undefined {
    return this.#chunks.get(id);
  }

  /** The chunk, which the caller now holds; another peer of the session may have created it before. */
  createChunk(request: CreateChunkRequest): Result<TraceChunk, string> {
    const { chunk: id, createdAtSeconds } = request;
    const known = this.#chunks.get(id);
    if (known !== undefined) {
      known.hold();
      return ok(known);
    }
    if (this.#chunks.size >= OPEN_CHUNKS_MAX) return fail('the session has too many trace chunks');
    if (createdAtSeconds > LAST_SECOND) return fail('the creation time is after the year 9999');
    const name = this.#nameOf(request);
    if (!name.ok) return name;
    const chunk = new TraceChunk({
      files: this.#files,
      id,
      createdAtSeconds,
      home: this.path,
      directory: name.value,
      onUnused: (unused) => this.#finish(unused),
    });
    if (name.value !== undefined) {
      const made = this.#files.makeDirectory(chunk.path, DIRECTORY_MODE);
      if (!made.ok) return fail(osErrorText(made.error));
    }
    this.#chunks.set(id, chunk);
    this.hold();
    chunk.hold();
    return ok(chunk);
  }

  /** Notes what becomes of the chunk's files when it is not used any more; returns where they will be. */
  closeChunk(chunk: TraceChunk, request: CloseChunkRequest): Result<string, string> {
    if (request.closedAtSeconds > LAST_SECOND)
      return fail('the closing time is after the year 9999');
    chunk.close(request.closedAtSeconds, request.command ?? 'keep');
    if (chunk.command === 'move-to-archives') this.#hasRotated = true;
    const directory = chunk.finalDirectory;
    return ok(directory === '' ? this.path : `${this.path}/${directory}`);
  }

  #nameOf(request: CreateChunkRequest): Result<string | undefined, string> {
    const { overrideName } = request;
    if (overrideName !== undefined) return safeName('the override name', overrideName);
    if (this.#chunks.size === 0 && !this.#hasRotated) return ok(undefined);
    const time = formatBasicDateTime(request.createdAtSeconds * NS_PER_SECOND_BIGINT);
    return ok(`${time}-${request.chunk}`);
  }

  #finish(chunk: TraceChunk): void {
    const finished = chunk.finish();
    if (!finished.ok) this.#onFailed(finished.error);
    this.#chunks.delete(chunk.id);
    const isHomeFree = finished.ok && chunk.command === 'delete' && chunk.isAtHome;
    if (isHomeFree && !this.#hasRotated) this.#moveLatestHome();
    this.release();
  }

  /** After a clear of the first chunk the next one is the first. */
  #moveLatestHome(): void {
    const [latest, ...others] = this.#chunks.values();
    if (latest === undefined || others.length > 0 || latest.isAtHome) return;
    const moved = latest.moveHome();
    if (!moved.ok) this.#onFailed(moved.error);
  }
}
