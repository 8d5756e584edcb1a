/**
 * What a stream remembers of its packets: those whose index has not arrived, the last ones that have one, and indexes
 * that came before their packet. A peer sends packets and indexes on two connections, so either can be first.
 */
import type { SendIndexRequest } from '../wire/relay/send-index.ts';
import {
  EARLY_INDEXES_MAX,
  type Quota,
  RECENT_PACKETS_MAX,
  UNINDEXED_PACKETS_MAX,
} from './limits.ts';
import type { Place, Tracefile } from './tracefile.ts';

export interface RememberedPacket {
  readonly sequence: bigint;
  readonly byteLength: number;
  file: Tracefile;
  /** Held until the packet has its index. */
  place: Place;
  offset: number;
  index?: SendIndexRequest;
}

export class RememberedPackets {
  readonly #quota: Quota;
  /** In the order of their numbers. */
  readonly #packets = new Map<bigint, RememberedPacket>();
  readonly #early = new Map<bigint, SendIndexRequest>();
  #unindexed = 0;

  constructor(quota: Quota) {
    this.#quota = quota;
  }

  /** False: too many are without index, or all streams together remember too much. */
  add(packet: RememberedPacket): boolean {
    if (this.#unindexed >= UNINDEXED_PACKETS_MAX) return false;
    if (this.#packets.size - this.#unindexed >= RECENT_PACKETS_MAX) this.#forgetOldest();
    if (!this.#quota.take() && !(this.#forgetOldest() && this.#quota.take())) return false;
    this.#packets.set(packet.sequence, packet);
    this.#unindexed += 1;
    packet.place.hold();
    return true;
  }

  /** Every packet has its index, and every index its packet. */
  get isSettled(): boolean {
    return this.#unindexed === 0 && this.#early.size === 0;
  }

  get(sequence: bigint): RememberedPacket | undefined {
    return this.#packets.get(sequence);
  }

  /** From this number on, in order. */
  from(sequence: bigint): readonly RememberedPacket[] {
    return [...this.#packets.values()].filter((packet) => packet.sequence >= sequence);
  }

  setIndex(packet: RememberedPacket, index: SendIndexRequest): void {
    packet.index = index;
    this.#unindexed -= 1;
    packet.place.release();
  }

  /** The packet was not stored. */
  remove(sequence: bigint): void {
    const packet = this.#packets.get(sequence);
    if (packet === undefined) return;
    this.#packets.delete(sequence);
    this.#quota.give();
    if (packet.index === undefined) {
      this.#unindexed -= 1;
      packet.place.release();
    }
  }

  /** Keeps an index until its packet arrives; false: too many wait, or one for this packet does. */
  addEarly(index: SendIndexRequest): boolean {
    const isFull = this.#early.size >= EARLY_INDEXES_MAX || this.#early.has(index.sequence);
    if (isFull || !this.#quota.take()) return false;
    this.#early.set(index.sequence, index);
    return true;
  }

  takeEarly(sequence: bigint): SendIndexRequest | undefined {
    const index = this.#early.get(sequence);
    if (index !== undefined) this.#quota.give();
    this.#early.delete(sequence);
    return index;
  }

  clear(): void {
    for (const sequence of [...this.#packets.keys()]) this.remove(sequence);
    this.#quota.give(this.#early.size);
    this.#early.clear();
  }

  #forgetOldest(): boolean {
    for (const packet of this.#packets.values()) {
      if (packet.index === undefined) continue;
      this.#packets.delete(packet.sequence);
      this.#quota.give();
      return true;
    }
    return false;
  }
}
