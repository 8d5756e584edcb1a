/**
 * What viewers can read of a stream: its indexed packets, by their number in the stream, and in which file each of them
 * is. It remembers the last files, not the packets: the index files have the rest.
 */
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import type { IndexEntry } from './index-file.ts';
import { LOGGED_FILES_MAX } from './limits.ts';
import type { Tracefile } from './tracefile.ts';

/** The packets of one file. */
interface Part {
  readonly file: Tracefile;
  /** The number of the first one. */
  readonly first: number;
  count: number;
}

/** What a stream without events says from time to time. */
export interface Beacon {
  /** Every event until then has been sent. */
  readonly timestampEnd: bigint;
  readonly streamClass: bigint;
}

export interface LoggedPacket extends IndexEntry {
  readonly number: number;
  readonly file: Tracefile;
  /** Of the packet in its file. */
  readonly position: number;
}

export class StreamLog {
  readonly #onUnused: () => void;
  #users = 0;
  #isUnused = false;
  /** The file of a metadata stream. After a rotation it begins with the same bytes as the one before. */
  metadata: Tracefile | undefined;
  #beacon: Beacon | undefined;
  #isClosed = false;
  /** In the order of their packets. Invariant: at most LOGGED_FILES_MAX. */
  readonly #parts: Part[] = [];
  /** The first packet of the trace chunk. */
  #chunkBegin = 0;
  /** The number of the next packet. */
  #end = 0;

  /** `onUnused`: called once, when the last user has released it or it is discarded. */
  constructor(onUnused: () => void) {
    this.#onUnused = onUnused;
  }

  /** A stream that adds to it, a session that tells viewers of it, and a viewer that reads it are its users. */
  hold(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#free();
  }

  /** What is in memory goes, although it has users. */
  discard(): void {
    this.#free();
  }

  #free(): void {
    if (this.#isUnused) return;
    this.#isUnused = true;
    this.#onUnused();
  }

  /** Present while no packet has come after it. */
  get beacon(): Beacon | undefined {
    return this.#beacon;
  }

  /** Nothing will be added. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The first packet of the trace chunk, and the next one to come. */
  get begin(): number {
    return Math.max(this.#chunkBegin, this.#parts[0]?.first ?? this.#end);
  }

  get end(): number {
    return this.#end;
  }

  noteBeacon(beacon: Beacon): void {
    this.#beacon = beacon;
  }

  /** The index file of `file` has an entry more. Viewers do not see packets that a peer indexes out of order. */
  append(file: Tracefile): void {
    this.#beacon = undefined;
    const last = this.#parts.at(-1);
    if (last?.file === file) last.count += 1;
    else if (this.#parts.some((part) => part.file === file)) return;
    else this.#parts.push({ file, first: this.#end, count: 1 });
    this.#end += 1;
    if (this.#parts.length > LOGGED_FILES_MAX) this.#parts.shift();
  }

  /** The last packet of `file` moves into the next trace chunk, where it is appended again. */
  withdraw(file: Tracefile): void {
    const part = this.#parts.find((one) => one.file === file);
    if (part === undefined || part.count === 0) return;
    part.count -= 1;
    this.#end -= 1;
  }

  /** A trace chunk begins. */
  beginChunk(): void {
    this.#chunkBegin = this.#end;
  }

  close(): void {
    this.#isClosed = true;
  }

  /**
   * The packet of this number, wherever it is now, or the first one after it whose file is still there; undefined:
   * there is none yet.
   */
  packet(number: number): OsResult<LoggedPacket | undefined> {
    for (const part of this.#from(number)) {
      if (part.count === 0) continue;
      const position = part.file.positionFrom(Math.max(number, part.first) - part.first);
      if (position === undefined || position >= part.count) continue;
      const entry = part.file.readIndex(position);
      if (entry.ok) {
        return ok({ ...entry.value, number: part.first + position, file: part.file, position });
      }
      if (entry.error.code !== 'ENOENT') return entry;
    }
    return ok(undefined);
  }

  /** The parts that hold this packet and later ones; viewers are mostly near the end. */
  #from(number: number): readonly Part[] {
    let at = this.#parts.length;
    for (; at > 0; at--) {
      const before = this.#parts[at - 1];
      if (before === undefined || number >= before.first + before.count) break;
    }
    return this.#parts.slice(at);
  }
}
