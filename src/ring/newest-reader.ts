/**
 * The reader of a snapshot that may have only so many bytes: it keeps the newest packets that fit, whole.
 *
 * The first `next` reads everything that the buffers hold at that moment and holds the packets that it keeps in memory,
 * so that the writer, which may reuse the buffers meanwhile, cannot make the newest ones too many.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { ReadableSegment } from '../port/shared-memory.ts';
import { readShape, type StreamShape } from './format.ts';
import type { Packet } from './packet.ts';
import { type Checkpoint, NOTHING_STORED, type Stored } from './progress.ts';
import { StreamReader } from './reader.ts';

/** How much a sink takes. */
export interface Room {
  /** All packets together. */
  readonly bytes: number;
  /** What the sink stores of a packet beside its body. */
  readonly bytesPerPacket: number;
}

/** What did not fit. */
export interface LeftOut {
  readonly packets: number;
  readonly events: number;
}

export const NOTHING_LEFT_OUT: LeftOut = { packets: 0, events: 0 };

/** As `attachReader` without a position; {@link NewestReader.limit} comes before the first `next`. */
export function attachNewestReader(
  data: ReadableSegment,
  from: Checkpoint | undefined,
): Result<NewestReader, string> {
  const shape = readShape(data);
  return shape.ok ? ok(new NewestReader(shape.value, data, from)) : fail(shape.error);
}

export class NewestReader extends StreamReader {
  #room: Room = { bytes: 0, bytesPerPacket: 0 };
  #window: Packet[] | undefined;
  #bytes = 0;
  #leftOut = NOTHING_LEFT_OUT;
  #announced: Stored | undefined;
  #storedHere = NOTHING_STORED;

  /** Internal: use {@link attachNewestReader}, which checks the shape. */
  constructor(shape: StreamShape, data: ReadableSegment, from: Checkpoint | undefined) {
    super(shape, data, null, from);
  }

  limit(room: Room): void {
    this.#room = room;
  }

  get leftOut(): LeftOut {
    return this.#leftOut;
  }

  /** Of all packets that are kept, in the sink. */
  get keptBytes(): number {
    return this.#bytes;
  }

  override get stored(): Stored {
    return this.#storedHere;
  }

  override next(): Packet | undefined {
    this.#window ??= this.#newest();
    return this.#window[0];
  }

  override announce(_packet: Packet, stored: Stored): void {
    this.#announced = stored;
  }

  override done(): void {
    this.#window?.shift();
    this.#storedHere = this.#announced ?? this.#storedHere;
  }

  /** At most as many packets as there are sub-buffers, and one more, are read: a fast writer cannot keep us here. */
  #newest(): Packet[] {
    const window: Packet[] = [];
    const { bytes: bytesMax, bytesPerPacket } = this.#room;
    for (let count = 0; count <= this.shape.subbufferCount + 1; count++) {
      const packet = super.next(true);
      if (packet === undefined) break;
      super.done(packet);
      window.push(packet);
      this.#bytes += packet.body.length + bytesPerPacket;
      while (this.#bytes > bytesMax) {
        const oldest = window.shift();
        if (oldest === undefined) break;
        this.#leave(oldest);
      }
    }
    const [first, ...others] = window;
    // What is before the first packet was left out: no reader shall take it for lost.
    return first === undefined ? [] : [{ ...first, lostSubbuffers: 0 }, ...others];
  }

  #leave({ body, events }: Packet): void {
    const { packets, events: before } = this.#leftOut;
    this.#bytes -= body.length + this.#room.bytesPerPacket;
    this.#leftOut = { packets: packets + 1, events: before + events };
  }
}
