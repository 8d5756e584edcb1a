/**
 * Progress of a consumer in a stream, kept in the position segment (`layout.ts`).
 *
 * The application reads the position only. For the next consumer the segment also keeps two checkpoints. Each records
 * the consumer's progress in the buffers, and the position at which its sink (`../recorder/sink.ts`) holds all packets
 * up to there. The sink defines the unit of its position; the position only grows. The consumer writes a checkpoint
 * *before* it appends the packet, over the checkpoint that is no longer in force, and stores the position after the
 * append. So the end of the sink's content decides which checkpoint is true, wherever the consumer died. Bytes between
 * the two positions are a torn packet: the next consumer removes it and writes it again from the buffers.
 *
 * A packet that has only counters leaves the position where it is. Then both checkpoints are of one position, and the
 * older one is true without the sink's word, until the newer one is committed, which takes both places.
 */
import type { WritableSegment } from '../port/shared-memory.ts';
import {
  CHECKPOINT_BYTES,
  OFFSET_CHECKPOINTS,
  OFFSET_CONSUMED,
  OFFSET_OUTPUT,
  POSITION_SEGMENT_BYTES,
} from './layout.ts';

export interface Progress {
  /** u32: sub-buffers consumed or lost. */
  readonly consumed: number;
  /** Bytes consumed of the sub-buffer after those. */
  readonly bytes: number;
  /** End of the last packet, 0 before the first one. */
  readonly timestamp: bigint;
  /** Events read or overwritten. */
  readonly events: number;
  /** Discarded events already reported. */
  readonly discarded: number;
}

/** The part of a stream that the sink holds. */
export interface Stored {
  /** End of its packets, in the sink's unit; 0: no packets. */
  readonly position: number;
  /** Number of the next packet: counts written packets and those overwritten between them. */
  readonly packets: number;
  /** Discarded events that these packets report. */
  readonly discarded: number;
}

/** The progress of a consumer, and the content of its sink. */
export interface Checkpoint extends Progress {
  readonly stored: Stored;
}

export const NOTHING_STORED: Stored = { position: 0, packets: 0, discarded: 0 };
export const START: Checkpoint = {
  consumed: 0,
  bytes: 0,
  timestamp: 0n,
  events: 0,
  discarded: 0,
  stored: NOTHING_STORED,
};

interface Slot {
  readonly index: 0 | 1;
  readonly sequence: number;
  readonly checkpoint: Checkpoint;
}

/** The position segment of a stream, for the consumer that writes it. */
export class ConsumerPosition {
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #longs: BigUint64Array;
  /** The slot that the next checkpoint must not overwrite. */
  #inForce: 0 | 1;
  #sequence: number;

  constructor({ buffer }: WritableSegment) {
    this.#view = new DataView(buffer, 0, POSITION_SEGMENT_BYTES);
    this.#words = new Int32Array(buffer, 0, POSITION_SEGMENT_BYTES / 4);
    this.#longs = new BigUint64Array(buffer, 0, POSITION_SEGMENT_BYTES / 8);
    const slots = this.#slots();
    this.#sequence = slots[0]?.sequence ?? 0;
    this.#inForce = slots.findLast(({ checkpoint }) => this.#isThere(checkpoint))?.index ?? 1;
  }

  get output(): bigint {
    return Atomics.load(this.#longs, OFFSET_OUTPUT / 8);
  }

  /** Sets the output if it still is `expected`; returns the output after that. */
  claimOutput(expected: bigint, output: bigint): bigint {
    const found = Atomics.compareExchange(this.#longs, OFFSET_OUTPUT / 8, expected, output);
    return found === expected ? output : found;
  }

  get passed(): Pick<Progress, 'consumed' | 'bytes'> {
    return {
      consumed: this.#view.getUint32(OFFSET_CONSUMED, true),
      bytes: this.#view.getUint32(OFFSET_CONSUMED + 4, true),
    };
  }

  /** The complete checkpoints, newest first; with fewer than two, {@link START} is the last one. */
  checkpoints(): Checkpoint[] {
    const checkpoints = this.#slots().map(({ checkpoint }) => checkpoint);
    return checkpoints.length < 2 ? [...checkpoints, START] : checkpoints;
  }

  /** The checkpoint that matches the position; without one, the sub-buffer is read again from its start. */
  atPosition(): Checkpoint {
    const found = this.checkpoints().findLast((checkpoint) => this.#isThere(checkpoint));
    return found ?? { ...START, consumed: this.passed.consumed };
  }

  /** Continues from this checkpoint: one of those in the segment, or another one. */
  adopt(checkpoint: Checkpoint): void {
    const slots = this.#slots();
    // Another consumer may have written them after this one had attached.
    this.#sequence = slots[0]?.sequence ?? 0;
    const own = slots.find((slot) => isSame(slot.checkpoint, checkpoint));
    if (own === undefined) this.announce(checkpoint);
    else this.#inForce = own.index === 0 ? 1 : 0;
    this.commit(checkpoint);
  }

  /** Writes the checkpoint that becomes true when the sink has the packet. */
  announce(checkpoint: Checkpoint): void {
    const offset = OFFSET_CHECKPOINTS + this.#other * CHECKPOINT_BYTES;
    const view = this.#view;
    this.#sequence = (this.#sequence + 1) >>> 0 || 1;
    Atomics.store(this.#words, offset / 4, 0);
    view.setUint32(offset + 4, checkpoint.consumed, true);
    view.setUint32(offset + 8, checkpoint.bytes, true);
    view.setBigUint64(offset + 16, checkpoint.timestamp, true);
    view.setFloat64(offset + 24, checkpoint.events, true);
    view.setFloat64(offset + 32, checkpoint.discarded, true);
    view.setFloat64(offset + 40, checkpoint.stored.position, true);
    view.setFloat64(offset + 48, checkpoint.stored.packets, true);
    view.setFloat64(offset + 56, checkpoint.stored.discarded, true);
    Atomics.store(this.#words, offset / 4, this.#sequence | 0);
  }

  /** Puts the announced checkpoint in force: the application may reuse the memory before it. */
  commit({ consumed, bytes }: Progress): void {
    this.#inForce = this.#other;
    const value = (BigInt(bytes) << 32n) | BigInt(consumed);
    const isThere = Atomics.load(this.#longs, OFFSET_CONSUMED / 8) === value;
    Atomics.store(this.#longs, OFFSET_CONSUMED / 8, value);
    const own = isThere ? this.#slot(this.#inForce) : undefined;
    if (own !== undefined) this.announce(own.checkpoint);
  }

  #isThere(progress: Progress): boolean {
    const { consumed, bytes } = this.passed;
    return progress.consumed === consumed && progress.bytes === bytes;
  }

  get #other(): 0 | 1 {
    return this.#inForce === 0 ? 1 : 0;
  }

  #slots(): Slot[] {
    const slots = [this.#slot(0), this.#slot(1)].filter((slot) => slot !== undefined);
    return slots.sort((a, b) => (b.sequence - a.sequence) | 0);
  }

  /** Undefined: the slot is empty, half written, or holds impossible values. */
  #slot(index: 0 | 1): Slot | undefined {
    const offset = OFFSET_CHECKPOINTS + index * CHECKPOINT_BYTES;
    const view = this.#view;
    const sequence = Atomics.load(this.#words, offset / 4) >>> 0;
    const count = (at: number): number => view.getFloat64(offset + at, true);
    const counts = [count(24), count(32), count(40), count(48), count(56)] as const;
    if (sequence === 0 || counts.some((each) => !Number.isSafeInteger(each) || each < 0)) {
      return undefined;
    }
    const [events, discarded, storedPosition, packets, storedDiscarded] = counts;
    const checkpoint = {
      consumed: view.getUint32(offset + 4, true),
      bytes: view.getUint32(offset + 8, true),
      timestamp: view.getBigUint64(offset + 16, true),
      events,
      discarded,
      stored: { position: storedPosition, packets, discarded: storedDiscarded },
    };
    return { index, sequence, checkpoint };
  }
}

function isSame(a: Checkpoint, b: Checkpoint): boolean {
  return (
    a.consumed === b.consumed &&
    a.bytes === b.bytes &&
    a.discarded === b.discarded &&
    a.stored.position === b.stored.position
  );
}
