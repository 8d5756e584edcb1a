/**
 * Puts the packets of one stream together from their parts, and hands them on whole and in order. Packets that come too
 * early wait; what waits is bounded by the {@link ByteQuota} of the session and of all sessions.
 */
import { assert } from '../base/assert.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { DATAGRAM_CONTENT_BYTES, type PacketPart, partCount } from '../wire/relay/datagram.ts';
import { PACKETS_AHEAD_MAX } from './limits.ts';

/** Counts bytes that packets occupy until they are handed on. */
export interface ByteQuota {
  /** False: there is no room, and nothing was taken. */
  take(byteLength: number): boolean;
  give(byteLength: number): void;
}

interface Incomplete {
  readonly bytes: Uint8Array;
  readonly hasPart: Uint8Array;
  missing: number;
}

/** What became of a part. `kept` is also a part that was there already. */
export type PartOutcome = 'kept' | 'no-room' | { readonly refusal: string };

export class PacketAssembly {
  readonly #quota: ByteQuota;
  readonly #onPacket: (sequence: bigint, bytes: Uint8Array) => void;
  readonly #packets = new Map<bigint, Incomplete>();
  /** The number of the first packet that was not handed on. */
  #next = 0n;
  /** Packets before this number are taken whole alone. */
  #partsFrom = 0n;

  /** `onPacket` gets the packets in order; the array is its own. */
  constructor(quota: ByteQuota, onPacket: (sequence: bigint, bytes: Uint8Array) => void) {
    this.#quota = quota;
    this.#onPacket = onPacket;
  }

  get next(): bigint {
    return this.#next;
  }

  add({ sequence, packetBytes, offset, content }: PacketPart): PartOutcome {
    // Of a packet that is whole already, or that was given up.
    if (sequence < this.#next || sequence < this.#partsFrom) return 'kept';
    if (sequence - this.#next >= PACKETS_AHEAD_MAX)
      return { refusal: `packet ${sequence} comes too early: ${this.#next} is the next one` };
    const packet = this.#packets.get(sequence) ?? this.#begin(sequence, packetBytes);
    if (packet === undefined) return 'no-room';
    if (packet.bytes.byteLength !== packetBytes)
      return {
        refusal: `packet ${sequence} has ${packet.bytes.byteLength} bytes, not ${packetBytes}`,
      };
    const index = offset / DATAGRAM_CONTENT_BYTES;
    if (packet.hasPart[index] === 1) return 'kept';
    packet.hasPart[index] = 1;
    packet.bytes.set(content, offset);
    packet.missing -= 1;
    if (packet.missing === 0) this.#handOn();
    return 'kept';
  }

  /** Forgets packets that are not whole in order, and takes those up to `last` by {@link replace} alone. */
  abandon(last: bigint): Result<bigint, string> {
    if (last < this.#next) return ok(this.#next);
    if (last - this.#next >= PACKETS_AHEAD_MAX) return fail(`packet ${last} was not begun`);
    this.#partsFrom = last + 1n;
    for (const sequence of [...this.#packets.keys()]) if (sequence <= last) this.#drop(sequence);
    return ok(this.#next);
  }

  /** Takes the next packet, which was given up. */
  replace(sequence: bigint, content: Uint8Array): Result<void, string> {
    if (sequence !== this.#next) return fail(`${this.#next} is the next packet`);
    if (sequence >= this.#partsFrom) return fail('the packet was not given up');
    this.#next += 1n;
    this.#onPacket(sequence, content);
    this.#handOn();
    return ok(undefined);
  }

  /** Forgets what waits. */
  close(): void {
    for (const sequence of [...this.#packets.keys()]) this.#drop(sequence);
  }

  #begin(sequence: bigint, packetBytes: number): Incomplete | undefined {
    if (!this.#quota.take(packetBytes)) return undefined;
    const missing = partCount(packetBytes);
    const packet = {
      bytes: new Uint8Array(packetBytes),
      hasPart: new Uint8Array(missing),
      missing,
    };
    this.#packets.set(sequence, packet);
    return packet;
  }

  #handOn(): void {
    for (;;) {
      const sequence = this.#next;
      const packet = this.#packets.get(sequence);
      if (packet === undefined || packet.missing > 0) return;
      this.#drop(sequence);
      this.#next += 1n;
      this.#onPacket(sequence, packet.bytes);
    }
  }

  #drop(sequence: bigint): void {
    const packet = this.#packets.get(sequence);
    assert(packet !== undefined, 'inv:packet-assembly.drop:present');
    this.#packets.delete(sequence);
    this.#quota.give(packet.bytes.byteLength);
  }
}
