/**
 * The memory for live sessions of which nothing is on the disk: a ring of packets for each stream, all within one
 * bound. A stream whose ring is full loses its oldest packets. When all rings together are full, the session with the
 * most bytes loses packets, of its largest stream the oldest: who sends little keeps what it has.
 */
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import { LIVE_MEMORY_PACKET_SHARE, LIVE_MEMORY_STREAM_SHARE } from './limits.ts';
import { type Expendable, MemoryTracefile, type PacketRoom } from './memory-tracefile.ts';
import { isMetadata, type Place, type StreamName, type Tracefile } from './tracefile.ts';

/** What the store of a relay needs of a stream's memory. */
export interface StreamRoom {
  createFile(place: Place): OsResult<Tracefile>;
  /** Gives all of it back; the stream gets no more. */
  free(): void;
}

/** The memory of one session. */
export interface SessionRoom {
  stream(name: StreamName): StreamRoom;
}

/** The memory of all sessions. */
export interface LiveRoom {
  session(): SessionRoom;
}

export class LiveMemory implements LiveRoom {
  readonly bytesMax: number;
  readonly #sessions = new Set<SessionMemory>();
  #byteLength = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Most bytes of one stream, and of one packet. */
  get streamBytesMax(): number {
    return Math.floor(this.bytesMax / LIVE_MEMORY_STREAM_SHARE);
  }

  get packetBytesMax(): number {
    return Math.floor(this.streamBytesMax / LIVE_MEMORY_PACKET_SHARE);
  }

  /** Bytes of all packets, with what is noted of each. */
  get byteLength(): number {
    return this.#byteLength;
  }

  session(): SessionRoom {
    return new SessionMemory(this);
  }

  /** Counts bytes that a session takes, or gives back; those that have some are known. */
  count(session: SessionMemory, bytes: number): void {
    this.#byteLength += bytes;
    if (session.byteLength > 0) this.#sessions.add(session);
    else this.#sessions.delete(session);
  }

  /** Makes room for `byteLength` more bytes; false: there is none. */
  makeRoom(byteLength: number): boolean {
    while (this.#byteLength + byteLength > this.bytesMax) {
      if (largest(this.#sessions)?.dropOldest() !== true) return false;
    }
    return true;
  }
}

class SessionMemory implements SessionRoom {
  readonly memory: LiveMemory;
  /** Streams that have bytes: those with packets, and those with metadata. */
  readonly #ofPackets = new Set<StreamMemory>();
  readonly #ofMetadata = new Set<StreamMemory>();
  #byteLength = 0;

  constructor(memory: LiveMemory) {
    this.memory = memory;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  stream(name: StreamName): StreamRoom {
    return new StreamMemory(this, isMetadata(name));
  }

  count(stream: StreamMemory, bytes: number): void {
    const streams = stream.isMetadata ? this.#ofMetadata : this.#ofPackets;
    if (stream.byteLength > 0) streams.add(stream);
    else streams.delete(stream);
    this.#byteLength += bytes;
    this.memory.count(this, bytes);
  }

  /** Metadata goes last: no packet can be read without it. */
  dropOldest(): boolean {
    const stream = largest(this.#ofPackets) ?? largest(this.#ofMetadata);
    return stream?.dropOldest(['unread', 'arrived', 'any']) === true;
  }
}

class StreamMemory implements StreamRoom, PacketRoom {
  readonly isMetadata: boolean;
  readonly #session: SessionMemory;
  /** The oldest first. */
  #files: MemoryTracefile[] = [];
  #byteLength = 0;
  #isFreed = false;

  constructor(session: SessionMemory, isMetadata: boolean) {
    this.#session = session;
    this.isMetadata = isMetadata;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  get packetBytesMax(): number {
    return this.#session.memory.packetBytesMax;
  }

  /** Metadata begins again in each file. Nothing is added to a file after the next one has been created. */
  createFile(place: Place): OsResult<Tracefile> {
    if (this.isMetadata) this.#freeFiles(() => true);
    const file = new MemoryTracefile(this, place);
    this.#files = [...this.#files.filter(({ isEmpty }) => !isEmpty), file];
    return ok(file);
  }

  take(byteLength: number): boolean {
    if (this.#isFreed) return false;
    this.#freeFiles(({ isRemoved }) => isRemoved);
    const { memory } = this.#session;
    while (this.#byteLength + byteLength > memory.streamBytesMax) {
      if (this.isMetadata || !this.dropOldest(['unread', 'arrived'])) return false;
    }
    if (!memory.makeRoom(byteLength)) return false;
    this.#count(byteLength);
    return true;
  }

  give(byteLength: number): void {
    this.#count(-byteLength);
  }

  free(): void {
    this.#isFreed = true;
    this.#freeFiles(() => true);
  }

  dropOldest(order: readonly Expendable[]): boolean {
    return order.some((which) => this.#files.some((file) => file.dropOldest(which)));
  }

  #count(bytes: number): void {
    this.#byteLength += bytes;
    this.#session.count(this, bytes);
  }

  #freeFiles(isFreed: (file: MemoryTracefile) => boolean): void {
    for (const file of this.#files) if (isFreed(file)) file.remove();
  }
}

function largest<One extends { readonly byteLength: number }>(all: Iterable<One>): One | undefined {
  let found: One | undefined;
  for (const one of all) if (one.byteLength > (found?.byteLength ?? 0)) found = one;
  return found;
}
