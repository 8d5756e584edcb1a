/**
 * How far a consumer has come in a stream, as kept in the position segment (`layout.ts`).
 *
 * The application only wants the position. A consumer that dies leaves two notes besides, for the next one: each
 * says how far its writer is in the buffers and how long the file is that holds all of that. A note is written
 * *before* its packet is appended, over the one that is no longer in force, and the position is stored after. So
 * the length of the file tells which of the two is true, wherever the consumer died; what is between the two
 * lengths is a torn packet, to be cut off and written again from the buffers.
 */
import type { WritableSegment } from '../port/shared-memory.ts';
import {
  NOTE_BYTES,
  OFFSET_CONSUMED,
  OFFSET_NOTES,
  OFFSET_OUTPUT,
  POSITION_SEGMENT_BYTES,
} from './layout.ts';

export interface Progress {
  /** u32: sub-buffers passed. */
  readonly consumed: number;
  /** Bytes passed of the sub-buffer after those. */
  readonly bytes: number;
  /** End of the last packet, 0 before the first one. */
  readonly timestamp: bigint;
  /** Events passed, read or overwritten. */
  readonly events: number;
  /** Discarded events already reported. */
  readonly discarded: number;
}

/** What a stream's file holds. */
export interface Written {
  readonly fileBytes: number;
  /** Number of the next packet: of those written, and those that were overwritten in between. */
  readonly packets: number;
  /** Discarded events that the file tells of. */
  readonly discarded: number;
}

/** The progress of a consumer that has written its file so far. */
export interface Note extends Progress {
  readonly file: Written;
}

export const EMPTY_FILE: Written = { fileBytes: 0, packets: 0, discarded: 0 };
export const START: Note = {
  consumed: 0,
  bytes: 0,
  timestamp: 0n,
  events: 0,
  discarded: 0,
  file: EMPTY_FILE,
};

interface Slot {
  readonly index: 0 | 1;
  readonly sequence: number;
  readonly note: Note;
}

/** A position segment, as the consumer that writes it sees it. */
export class ConsumerPlace {
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #longs: BigUint64Array;
  /** The slot that the next note must leave alone. */
  #inForce: 0 | 1;
  #sequence: number;

  constructor({ buffer }: WritableSegment) {
    this.#view = new DataView(buffer, 0, POSITION_SEGMENT_BYTES);
    this.#words = new Int32Array(buffer, 0, POSITION_SEGMENT_BYTES / 4);
    this.#longs = new BigUint64Array(buffer, 0, POSITION_SEGMENT_BYTES / 8);
    const slots = this.#slots();
    this.#sequence = slots[0]?.sequence ?? 0;
    this.#inForce = slots.find(({ note }) => this.#isThere(note))?.index ?? 1;
  }

  get output(): bigint {
    return Atomics.load(this.#longs, OFFSET_OUTPUT / 8);
  }

  /** Sets the output if it still is `expected`; answers what it is after that. */
  claimOutput(expected: bigint, output: bigint): bigint {
    const found = Atomics.compareExchange(this.#longs, OFFSET_OUTPUT / 8, expected, output);
    return found === expected ? output : found;
  }

  get position(): Pick<Progress, 'consumed' | 'bytes'> {
    return {
      consumed: this.#view.getUint32(OFFSET_CONSUMED, true),
      bytes: this.#view.getUint32(OFFSET_CONSUMED + 4, true),
    };
  }

  /** The notes that are whole, the newest first; the beginning counts as one as long as there are not two. */
  notes(): Note[] {
    const notes = this.#slots().map(({ note }) => note);
    return notes.length < 2 ? [...notes, START] : notes;
  }

  /** The newest note that belongs to the position; when there is none, its sub-buffer is read again. */
  atPosition(): Note {
    const found = this.notes().find((note) => this.#isThere(note));
    return found ?? { ...START, consumed: this.position.consumed };
  }

  /** Goes on from this note: one of those that are there, or another one. */
  adopt(note: Note): void {
    const own = this.#slots().find((slot) => isSame(slot.note, note));
    if (own === undefined) this.announce(note);
    else this.#inForce = own.index === 0 ? 1 : 0;
    this.commit(note);
  }

  /** Notes what is about to be true. */
  announce(note: Note): void {
    const offset = OFFSET_NOTES + this.#other * NOTE_BYTES;
    const view = this.#view;
    this.#sequence = (this.#sequence + 1) >>> 0 || 1;
    Atomics.store(this.#words, offset / 4, 0);
    view.setUint32(offset + 4, note.consumed, true);
    view.setUint32(offset + 8, note.bytes, true);
    view.setBigUint64(offset + 16, note.timestamp, true);
    view.setFloat64(offset + 24, note.events, true);
    view.setFloat64(offset + 32, note.discarded, true);
    view.setFloat64(offset + 40, note.file.fileBytes, true);
    view.setFloat64(offset + 48, note.file.packets, true);
    view.setFloat64(offset + 56, note.file.discarded, true);
    Atomics.store(this.#words, offset / 4, this.#sequence | 0);
  }

  /** The announced note is true: the application may use what it passes. */
  commit({ consumed, bytes }: Progress): void {
    this.#inForce = this.#other;
    const value = (BigInt(bytes) << 32n) | BigInt(consumed);
    Atomics.store(this.#longs, OFFSET_CONSUMED / 8, value);
  }

  #isThere(note: Progress): boolean {
    const { consumed, bytes } = this.position;
    return note.consumed === consumed && note.bytes === bytes;
  }

  get #other(): 0 | 1 {
    return this.#inForce === 0 ? 1 : 0;
  }

  #slots(): Slot[] {
    const slots = [this.#slot(0), this.#slot(1)].filter((slot) => slot !== undefined);
    return slots.sort((a, b) => (b.sequence - a.sequence) | 0);
  }

  /** Undefined: nothing was written there, not all of it, or it makes no sense. */
  #slot(index: 0 | 1): Slot | undefined {
    const offset = OFFSET_NOTES + index * NOTE_BYTES;
    const view = this.#view;
    const sequence = Atomics.load(this.#words, offset / 4) >>> 0;
    const count = (at: number): number => view.getFloat64(offset + at, true);
    const counts = [count(24), count(32), count(40), count(48), count(56)] as const;
    if (sequence === 0 || counts.some((each) => !Number.isSafeInteger(each) || each < 0)) {
      return undefined;
    }
    const [events, discarded, fileBytes, packets, discardedInFile] = counts;
    const note = {
      consumed: view.getUint32(offset + 4, true),
      bytes: view.getUint32(offset + 8, true),
      timestamp: view.getBigUint64(offset + 16, true),
      events,
      discarded,
      file: { fileBytes, packets, discarded: discardedInFile },
    };
    return { index, sequence, note };
  }
}

function isSame(a: Note, b: Note): boolean {
  return (
    a.consumed === b.consumed &&
    a.bytes === b.bytes &&
    a.discarded === b.discarded &&
    a.file.fileBytes === b.file.fileBytes
  );
}
