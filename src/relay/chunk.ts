/**
 * A trace chunk: the part of a session's trace between two rotations. While it is the first one its files lie in the
 * directory of the session itself, as LTTng has them; later ones have a directory of their own. When no peer and no
 * stream uses a closed chunk any more, its directory is complete: it stays, moves to the archives, or is removed.
 */

import { formatBasicDateTime } from '../base/calendar.ts';
import { ok } from '../base/result.ts';
import { NS_PER_SECOND_BIGINT } from '../base/time.ts';
import type { OsResult } from '../port/os-error.ts';
import { removeTree } from '../recorder/directory-tree.ts';
import type { CloseCommand } from '../wire/relay/close-chunk.ts';
import type { Directories } from './directories.ts';
import { DIRECTORY_MODE, type Place } from './tracefile.ts';

/** `20261130T004149+0000` */
function timeName(seconds: bigint): string {
  return formatBasicDateTime(seconds * NS_PER_SECOND_BIGINT);
}

export interface ChunkOptions {
  readonly files: Directories;
  readonly id: bigint;
  readonly createdAtSeconds: bigint;
  /** Absolute directory of the session. */
  readonly home: string;
  /** Name of the chunk's directory in that of the session; undefined: it is the session's directory. */
  readonly directory: string | undefined;
  /** Called once, after the last user has released the chunk. */
  readonly onUnused: (chunk: TraceChunk) => void;
}

export class TraceChunk implements Place {
  readonly #options: ChunkOptions;
  #directory: string | undefined;
  /** The first directories of streams (`ust`, `kernel`): in the session's directory there is more than this chunk. */
  readonly #tops = new Set<string>();
  #isRemoved = false;
  #users = 0;
  /** Users that only wait for the close of their stream. */
  #leaving = 0;
  #closing: { readonly command: CloseCommand; readonly name: string } | undefined;

  constructor(options: ChunkOptions) {
    this.#options = options;
    this.#directory = options.directory;
  }

  get id(): bigint {
    return this.#options.id;
  }

  get path(): string {
    const { home } = this.#options;
    return this.#directory === undefined ? home : `${home}/${this.#directory}`;
  }

  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  get isAtHome(): boolean {
    return this.#directory === undefined;
  }

  /** Whether a peer may still ask something of it, or a stream write into it. */
  get isInUse(): boolean {
    return this.#closing === undefined || this.#users > this.#leaving;
  }

  get command(): CloseCommand | undefined {
    return this.#closing?.command;
  }

  hold(): void {
    this.#users += 1;
  }

  leave(): void {
    this.#leaving += 1;
  }

  release(hasLeft = false): void {
    this.#users -= 1;
    if (hasLeft) this.#leaving -= 1;
    if (this.#users === 0) this.#options.onUnused(this);
  }

  /** A stream has its files in this directory of the chunk. */
  noteDirectory(name: string): void {
    this.#tops.add(name);
  }

  /** Notes what becomes of the files; the command that a peer gave first counts. */
  close(closedAtSeconds: bigint, command: CloseCommand): void {
    const { id, createdAtSeconds } = this.#options;
    const name = `${timeName(createdAtSeconds)}-${timeName(closedAtSeconds)}-${id}`;
    this.#closing ??= { command, name };
  }

  /** Where the files are at the end, in the directory of the session; empty: there. */
  get finalDirectory(): string {
    if (this.#closing?.command === 'move-to-archives') return `archives/${this.#closing.name}`;
    return this.#directory ?? '';
  }

  /** Does what {@link close} noted. */
  finish(): OsResult<void> {
    if (this.#closing?.command === 'delete') {
      this.#isRemoved = true;
      return this.#remove();
    }
    if (this.#closing?.command !== 'move-to-archives') return ok(undefined);
    const { files, home } = this.#options;
    const archives = files.makeDirectory(`${home}/archives`, DIRECTORY_MODE);
    if (!archives.ok) return archives;
    const target = this.finalDirectory;
    const moved = this.isAtHome
      ? this.#moveEntries(home, `${home}/${target}`)
      : files.rename(this.path, `${home}/${target}`);
    if (moved.ok) this.#directory = target;
    return moved;
  }

  /** Moves the files to the session's directory: the chunk before was removed, and this one takes its place. */
  moveHome(): OsResult<void> {
    const { files, home } = this.#options;
    const before = this.path;
    const moved = this.#moveEntries(before, home);
    if (!moved.ok) return moved;
    this.#directory = undefined;
    return files.remove(before);
  }

  #moveEntries(from: string, to: string): OsResult<void> {
    const { files } = this.#options;
    const entries = this.#entries(from);
    if (!entries.ok) return entries;
    const made = files.makeDirectory(to, DIRECTORY_MODE);
    if (!made.ok) return made;
    for (const name of entries.value) {
      const renamed = files.rename(`${from}/${name}`, `${to}/${name}`);
      if (!renamed.ok) return renamed;
    }
    return ok(undefined);
  }

  #remove(): OsResult<void> {
    const { files } = this.#options;
    if (!this.isAtHome) {
      const removed = removeTree(files, this.path);
      return removed.ok ? ok(undefined) : removed;
    }
    const entries = this.#entries(this.path);
    if (!entries.ok) return entries;
    for (const name of entries.value) {
      const removed = removeTree(files, `${this.path}/${name}`);
      if (!removed.ok) return removed;
    }
    return ok(undefined);
  }

  #entries(from: string): OsResult<readonly string[]> {
    const names = this.#options.files.list(from);
    if (!names.ok || !this.isAtHome) return names;
    return ok(names.value.filter((name) => this.#tops.has(name)));
  }
}
