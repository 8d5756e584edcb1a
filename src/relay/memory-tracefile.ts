/**
 * Packets of a stream and their indexes in memory, by their offsets as in a file. When room is needed, packets fall
 * out, the oldest first: their offsets and positions stay taken, so no reader gets another packet in the place of one.
 */
import { assert } from '../base/assert.ts';
import { fail, ok } from '../base/result.ts';
import type { OsError, OsErrorCode, OsResult } from '../port/os-error.ts';
import { INDEX_ENTRY_BYTES, type IndexEntry, readIndexEntry } from './index-file.ts';
import { PACKET_RECORD_BYTES } from './limits.ts';
import type { Place, Tracefile } from './tracefile.ts';

/** Where the bytes of packets come from. */
export interface PacketRoom {
  /** Most bytes of one packet. */
  readonly packetBytesMax: number;
  /** False: there is no room, even when other packets fall out. */
  take(byteLength: number): boolean;
  give(byteLength: number): void;
}

interface Packet {
  readonly offset: number;
  readonly byteLength: number;
  /** Present from the first byte on until the packet falls out. */
  content: Uint8Array | undefined;
  filled: number;
  hasFallenOut: boolean;
  index: { readonly position: number; readonly entry: IndexEntry } | undefined;
  /** Viewers that have the index and are about to read the packet. */
  readers: number;
}

/**
 * Which packets may fall out: those that no viewer is about to read; all that have arrived; also one that is arriving.
 */
export type Expendable = 'unread' | 'arrived' | 'any';

export class MemoryTracefile implements Tracefile {
  readonly #room: PacketRoom;
  readonly #place: Place;
  #byteLength = 0;
  /** The packets that are here by their offsets, the oldest first. */
  readonly #packets = new Map<number, Packet>();
  /** Those that have an index, by its position. */
  readonly #indexed = new Map<number, Packet>();
  #positions = 0;
  /** What is appended belongs to it. */
  #current: Packet | undefined;

  constructor(room: PacketRoom, place: Place) {
    this.#room = room;
    this.#place = place;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  get isEmpty(): boolean {
    return this.#packets.size === 0;
  }

  /** Its trace chunk was cleared. */
  get isRemoved(): boolean {
    return this.#place.isRemoved;
  }

  beginPacket(byteLength: number): OsResult<void> {
    const { packetBytesMax } = this.#room;
    if (byteLength > packetBytesMax) {
      return failed('EMSGSIZE', `a packet of ${byteLength} bytes; ${packetBytesMax} is the limit`);
    }
    const rest = { content: undefined, filled: 0, hasFallenOut: false, index: undefined };
    this.#current = { offset: this.#byteLength, byteLength, ...rest, readers: 0 };
    this.#byteLength += byteLength;
    return ok(undefined);
  }

  append(bytes: Uint8Array): OsResult<void> {
    const filled = this.#fill(bytes.byteLength);
    if (filled.ok) filled.value?.set(bytes);
    return filled.ok ? ok(undefined) : filled;
  }

  pad(count: number): OsResult<void> {
    const filled = this.#fill(count);
    return filled.ok ? ok(undefined) : filled;
  }

  truncate(byteLength: number): OsResult<void> {
    for (const packet of [...this.#packets.values()]) {
      if (packet.offset >= byteLength) this.#drop(packet);
    }
    this.#byteLength = byteLength;
    this.#current = undefined;
    return ok(undefined);
  }

  appendIndex(entry: Uint8Array): OsResult<void> {
    const position = this.#positions;
    this.#positions += 1;
    const read = readIndexEntry(entry);
    const packet = this.#packets.get(Number(read.offset));
    if (packet === undefined) return ok(undefined);
    packet.index = { position, entry: read };
    this.#indexed.set(position, packet);
    return ok(undefined);
  }

  shortenIndex(bytes: number): OsResult<void> {
    const left = this.#positions - bytes / INDEX_ENTRY_BYTES;
    for (let position = left; position < this.#positions; position++) {
      this.#indexed.delete(position);
    }
    this.#positions = left;
    return ok(undefined);
  }

  positionFrom(position: number): number | undefined {
    if (this.#indexed.has(position)) return position;
    if (position >= this.#positions) return undefined;
    for (const other of this.#indexed.keys()) if (other > position) return other;
    return undefined;
  }

  readIndex(position: number): OsResult<IndexEntry> {
    const index = this.isRemoved ? undefined : this.#indexed.get(position)?.index;
    return index === undefined ? failed('ENOENT', `packet ${position}`) : ok(index.entry);
  }

  keep(position: number): () => void {
    const packet = this.#indexed.get(position);
    if (packet === undefined) return () => undefined;
    packet.readers += 1;
    return () => {
      packet.readers -= 1;
    };
  }

  read(offset: bigint, byteLength: number): OsResult<Uint8Array> {
    const [from, to] = [Number(offset), Number(offset) + byteLength];
    if (to > this.#byteLength) return failed('EINVAL', `bytes ${from} to ${to}`);
    // Viewers read whole packets.
    const packet = this.isRemoved ? undefined : this.#packets.get(from);
    if (packet?.content !== undefined && byteLength <= packet.filled)
      return ok(packet.content.slice(0, byteLength));
    const bytes = new Uint8Array(byteLength);
    let done = 0;
    for (const { offset: begin, filled, content } of this.isRemoved ? [] : this.#packets.values()) {
      const [first, end] = [Math.max(from, begin), Math.min(to, begin + filled)];
      if (content === undefined || first >= end) continue;
      bytes.set(content.subarray(first - begin, end - begin), first - from);
      done += end - first;
    }
    return done === byteLength ? ok(bytes) : failed('ENOENT', `bytes ${from} to ${to}`);
  }

  /** The packet leaves its place before it takes another one, so that it never needs room twice. */
  copy(
    offset: number,
    byteLength: number,
    take: (bytes: Uint8Array) => OsResult<void>,
  ): OsResult<void> {
    const packet = this.#packets.get(offset);
    const content = packet?.content;
    if (packet !== undefined && content !== undefined) {
      this.#drop(packet);
      return take(content.subarray(0, byteLength));
    }
    const isArriving = offset === this.#current?.offset && byteLength < this.#current.byteLength;
    const isLost = isArriving && byteLength > 0;
    return isLost ? failed('ENOSPC', 'the rest of a packet that has fallen out') : ok(undefined);
  }

  /** Viewers read on. */
  close(): void {
    this.#current = undefined;
  }

  remove(): OsResult<void> {
    return this.truncate(0);
  }

  /** Lets the oldest packet fall out that may; false: none may. */
  dropOldest(which: Expendable): boolean {
    for (const packet of this.#packets.values()) {
      const hasArrived = packet.filled === packet.byteLength;
      if (which !== 'any' && !hasArrived) continue;
      if (which === 'unread' && packet.readers > 0) continue;
      this.#drop(packet);
      return true;
    }
    return false;
  }

  /** The bytes for the next `count` of the packet; absent if there are none, or if it has fallen out since it came. */
  #fill(count: number): OsResult<Uint8Array | undefined> {
    const packet = this.#current;
    assert(packet !== undefined, 'pre:memory-tracefile.append:begun');
    assert(packet.filled + count <= packet.byteLength, 'pre:memory-tracefile.append:in-packet');
    if (count === 0) return ok(undefined);
    if (packet.content === undefined) {
      const isRoom = !packet.hasFallenOut && this.#room.take(sizeOf(packet));
      if (!packet.hasFallenOut && !isRoom) this.#byteLength = packet.offset;
      if (!isRoom) return failed('ENOSPC', `a packet of ${packet.byteLength} bytes`);
      packet.content = new Uint8Array(packet.byteLength);
      this.#packets.set(packet.offset, packet);
    }
    packet.filled += count;
    return ok(packet.content.subarray(packet.filled - count, packet.filled));
  }

  #drop(packet: Packet): void {
    packet.content = undefined;
    packet.hasFallenOut = true;
    this.#packets.delete(packet.offset);
    if (packet.index !== undefined) this.#indexed.delete(packet.index.position);
    this.#room.give(sizeOf(packet));
  }
}

function sizeOf({ byteLength }: Packet): number {
  return byteLength + PACKET_RECORD_BYTES;
}

function failed(code: OsErrorCode, subject: string): ReturnType<typeof fail<OsError>> {
  return fail({ code, call: 'relay.liveMemory', subject });
}
