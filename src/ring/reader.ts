/**
 * The consumer's end of a stream (`layout.ts`): turns each sub-buffer into packets, once and in order.
 *
 * The application that owns the data memory may be wrong or hostile: the reader checks or clamps every number, bounds
 * every loop, and reports impossible content in {@link StreamReader.fault}.
 *
 * Use, in this order: `next`, `readClasses`, write the classes, `announce`, write the packet, `done`. The caller reads
 * the classes after `next`, so that no trace holds an event without its class. A reader without a position does not
 * `announce`. A packet that the sink stores later is done at once and released when it is stored.
 *
 * The writer may reuse memory at any time in overwrite mode, and during a snapshot of a stream that another process
 * consumes. The reader then copies the body and checks the slot's sequence before and after.
 */

import { assert } from '../base/assert.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { ReadableSegment, WritableSegment } from '../port/shared-memory.ts';
import { splitClassLog } from './class-log.ts';
import { bytesAtRest, completeExtent, stableExtent } from './descriptor.ts';
import { readShape, type StreamShape } from './format.ts';
import {
  CLASS_LOG_BYTES,
  classLogOffset,
  DESCRIPTOR_DISCARDED_AT_CLOSE,
  DESCRIPTOR_EVENTS_BEFORE,
  DESCRIPTOR_FIRST_TIMESTAMP,
  DESCRIPTOR_LAST_TIMESTAMP,
  DESCRIPTOR_SEQUENCE,
  descriptorOffset,
  OFFSET_CLASS_LOG_COMMITTED,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
  POSITION_SEGMENT_BYTES,
  subbufferOffset,
} from './layout.ts';
import type { Extent, Packet } from './packet.ts';
import {
  type Checkpoint,
  ConsumerPosition,
  type Progress,
  START,
  type Stored,
} from './progress.ts';

/** Checks the segments. Without a `position` the reader consumes nothing, and begins at `from`, or the oldest event. */
export function attachReader(
  data: ReadableSegment,
  position: WritableSegment | null,
  from?: Checkpoint,
): Result<StreamReader, string> {
  const shape = readShape(data);
  if (!shape.ok) return shape;
  if (position !== null && position.byteLength < POSITION_SEGMENT_BYTES) {
    return fail('the position segment is too short');
  }
  return ok(new StreamReader(shape.value, data, position, from));
}

export class StreamReader {
  readonly shape: StreamShape;
  readonly #data: ReadableSegment;
  /** Read by the next consumer and by the application. */
  readonly position: ConsumerPosition | null;
  /** Whether the writer may reuse a slot during a read. */
  readonly #volatile: boolean;
  #progress: Progress;
  #stored: Stored;
  #lostSubbuffers = 0;
  #classLogRead = 0;
  #fault: string | undefined;
  /** The packet that the caller has, and the progress after `done`. */
  #pending:
    | { readonly packet: Packet; readonly after: Progress; readonly stored?: Stored }
    | undefined;

  /** The progress after each packet that the sink has taken and not stored yet, oldest first. */
  readonly #kept: Checkpoint[] = [];

  /** No packet of a snapshot is done yet: sub-buffers overwritten before the first one do not count as lost. */
  #isFresh: boolean;

  /** Internal: use {@link attachReader}, which checks the shape. */
  constructor(
    shape: StreamShape,
    data: ReadableSegment,
    position: WritableSegment | null,
    from: Checkpoint = START,
  ) {
    this.shape = shape;
    this.#data = data;
    this.position = position === null ? null : new ConsumerPosition(position);
    this.#volatile = shape.overwrite || position === null;
    const { stored, ...progress } = this.position?.atPosition() ?? from;
    this.#progress = progress;
    this.#stored = stored;
    this.#isFresh = position === null;
  }

  /** Why the reader cannot continue, once the writer has stored an impossible value. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Copies of the class records added since the last call. After an error the stream cannot be read. */
  readClasses(): Result<Uint8Array[], string> {
    const committed = this.#data.loadU32(OFFSET_CLASS_LOG_COMMITTED);
    if (committed > CLASS_LOG_BYTES) return fail(`a class log of ${committed} bytes`);
    if (committed < this.#classLogRead) return fail('the class log became shorter');
    if (committed === this.#classLogRead) return ok([]);
    const start = classLogOffset(this.shape) + this.#classLogRead;
    const records = splitClassLog(this.#data.bytes(start, committed - this.#classLogRead).slice());
    if (records.ok) this.#classLogRead = committed;
    return records;
  }

  /**
   * The next packet, or undefined if there is none now. With `flush` also the present content of the current
   * sub-buffer, and finally an empty packet if the count of discarded events changed since the last packet, or if the
   * sink has no packet yet that reports it.
   * A second call before `done` starts again from the same place.
   */
  next(flush: boolean): Packet | undefined {
    this.#pending = undefined;
    // Each round returns or passes a sub-buffer; the reader gives up for now if the writer overtakes it more often.
    for (let round = 0; round <= 2 * this.shape.subbufferCount && !this.#fault; round++) {
      const opened = this.#data.loadU32(OFFSET_OPENED);
      const distance = this.#distanceTo(opened);
      if (distance === undefined) return undefined;
      const complete = distance > 1;
      if (!complete && !flush) return undefined;
      if (distance === 0) return opened === 0 ? this.#tailOfNothing() : undefined;
      const generation = this.#progress.consumed;
      if (!this.#holds(generation)) {
        if (!complete) return undefined;
        this.#passLost(1);
        continue;
      }
      const line = this.#line(generation);
      const { subbufferBytes } = this.shape;
      const extent = complete
        ? completeExtent(this.#data, line, subbufferBytes)
        : stableExtent(this.#data, line, subbufferBytes);
      if (extent === undefined) return undefined;
      if (extent.committed <= this.#progress.bytes) {
        // The values may already come from a later sub-buffer in the same slot.
        const isOfThis = this.#holds(generation);
        if (!complete) return isOfThis ? this.#tail(extent) : undefined;
        if (!isOfThis) {
          this.#passLost(1);
          continue;
        }
        // Earlier packets contained all of it.
        this.#advance({ ...this.#progress, consumed: (generation + 1) >>> 0, bytes: 0 });
        continue;
      }
      const packet = this.#packet(generation, extent, complete);
      if (packet !== undefined) return packet;
    }
    return undefined;
  }

  /**
   * Whether all events are read and the writer is recording none: then each later event has a later time than this
   * call, as far as stores of the writer have arrived here.
   */
  get isAtRest(): boolean {
    const { consumed, bytes } = this.#progress;
    const opened = this.#data.loadU32(OFFSET_OPENED);
    const line = this.#line(opened === 0 ? 0 : (opened - 1) >>> 0);
    const atRest = bytesAtRest(this.#data, line, this.shape.subbufferBytes);
    if (opened === consumed) return atRest !== undefined;
    return opened === (consumed + 1) >>> 0 && atRest === bytes && this.#holds(consumed);
  }

  /** The end of what the sink has. */
  get timestamp(): bigint {
    return this.#progress.timestamp;
  }

  /** There will be no event before `until`: later packets begin then. */
  rest(until: bigint): void {
    this.#advance({ ...this.#progress, timestamp: later(until, this.#progress.timestamp) });
  }

  /** An empty packet: it says that there was no event before `until`. */
  restPacket(until: bigint): Packet {
    const { timestamp, discarded } = this.#progress;
    const end = later(until, timestamp);
    return this.#emptyPacket(this.#stored.packets > 0 ? timestamp : end, end, discarded);
  }

  /** Content of the sink after the packets that are done. */
  get stored(): Stored {
    return this.#stored;
  }

  /** Continues from `checkpoint`, independent of earlier reads. */
  resume(checkpoint: Checkpoint): void {
    this.position?.adopt(checkpoint);
    const { stored, ...progress } = checkpoint;
    this.#progress = progress;
    this.#stored = stored;
    this.#pending = undefined;
    this.#lostSubbuffers = 0;
  }

  /** The caller is about to write `packet`, the last one from {@link next}; the sink then holds `stored`. */
  announce(packet: Packet, stored: Stored): void {
    assert(this.#pending?.packet === packet, 'reader:ring:announce-follows-next');
    const { after } = this.#pending;
    // New keys come first: a key after a spread costs V8 a hidden class for every object.
    this.position?.announce({ stored, ...after });
    this.#pending = { packet, after, stored };
  }

  /**
   * The caller has written `packet`, the last one from {@link next}: the writer may reuse its memory. Without
   * `isStored` the sink has only taken the announced packet: its memory stays until {@link release}.
   */
  done(packet: Packet, isStored = true): void {
    assert(this.#pending?.packet === packet, 'reader:ring:done-follows-next');
    const { after, stored } = this.#pending;
    if (stored === undefined) this.#advance(after);
    else {
      if (isStored) this.position?.commit(after);
      else this.#kept.push({ stored, ...after });
      this.#progress = after;
      this.#stored = stored;
    }
    this.#pending = undefined;
    this.#isFresh = false;
    this.#lostSubbuffers = 0;
  }

  /** How many packets the sink has taken and not stored yet. */
  get kept(): number {
    return this.#kept.length;
  }

  /** The sink has stored the oldest `count` of the kept packets: the writer may reuse their memory. */
  release(count: number): void {
    assert(count <= this.#kept.length, 'reader:ring:release-follows-done');
    const last = this.#kept.splice(0, count).at(-1);
    if (last !== undefined) this.position?.adopt(last);
  }

  /** Number of sub-buffers from the next one to the newest; first skips those that the writer has overwritten. */
  #distanceTo(opened: number): number | undefined {
    const count = this.shape.subbufferCount;
    const distance = (opened - this.#progress.consumed) >>> 0;
    if (distance <= count) return distance;
    if (!this.#volatile) {
      this.#fault = `${distance} sub-buffers are open in a ring of ${count}`;
      return undefined;
    }
    if (distance >= 2 ** 31 && this.#progress.timestamp > 0n) {
      this.#fault = 'the number of opened sub-buffers decreased';
      return undefined;
    }
    this.#passLost(distance - count);
    return count;
  }

  /** Whether its slot still holds `generation`; always true where the writer cannot overwrite. */
  #holds(generation: number): boolean {
    if (!this.#volatile) return true;
    const line = this.#line(generation);
    return this.#data.loadU32(line + DESCRIPTOR_SEQUENCE) === (generation + 1) >>> 0;
  }

  #line(generation: number): number {
    return descriptorOffset(generation & (this.shape.subbufferCount - 1));
  }

  /** Undefined if the writer has overwritten the sub-buffer meanwhile. */
  #packet(generation: number, extent: Extent, complete: boolean): Packet | undefined {
    const { bytes, timestamp, events } = this.#progress;
    const line = this.#line(generation);
    const first = this.#data.loadU64(line + DESCRIPTOR_FIRST_TIMESTAMP);
    const eventsBefore = atLeast(this.#data.loadF64(line + DESCRIPTOR_EVENTS_BEFORE), 0);
    const start = subbufferOffset(this.shape, generation & (this.shape.subbufferCount - 1)) + bytes;
    let body = this.#data.bytes(start, extent.committed - bytes);
    if (this.#volatile) {
      body = body.slice();
      if (!this.#holds(generation)) return undefined;
    }
    const beginTimestamp = bytes > 0 ? timestamp : later(first, timestamp);
    const eventsAfter = atLeast(eventsBefore + extent.events, events);
    const packet: Packet = {
      body,
      events: eventsAfter - Math.max(eventsBefore, events),
      beginTimestamp,
      endTimestamp: later(extent.endTimestamp, beginTimestamp),
      discardedTotal: atLeast(extent.discarded, this.#progress.discarded),
      discardedSince:
        atLeast(extent.discarded, this.#progress.discarded) - this.#progress.discarded,
      lostSubbuffers: this.#lostSubbuffers,
      overwrittenEvents: bytes === 0 ? Math.max(0, eventsBefore - events) : 0,
      complete,
    };
    this.#pending = {
      packet,
      after: {
        consumed: complete ? (generation + 1) >>> 0 : generation,
        bytes: complete ? 0 : extent.committed,
        timestamp: packet.endTimestamp,
        events: eventsAfter,
        discarded: packet.discardedTotal,
      },
    };
    return packet;
  }

  /** An empty packet if events were discarded after the last packet. */
  #tail(extent: Pick<Extent, 'endTimestamp' | 'discarded'>): Packet | undefined {
    const { timestamp, discarded } = this.#progress;
    const discardedTotal = atLeast(extent.discarded, discarded);
    const { packets, discarded: reported } = this.#stored;
    const owesCount = packets === 0 && reported > 0;
    if (discardedTotal === discarded && !owesCount) return undefined;
    const endTimestamp = later(extent.endTimestamp, timestamp);
    const begin = timestamp === 0n ? endTimestamp : timestamp;
    return this.#emptyPacket(begin, endTimestamp, discardedTotal);
  }

  #emptyPacket(beginTimestamp: bigint, endTimestamp: bigint, discardedTotal: number): Packet {
    const packet: Packet = {
      body: new Uint8Array(0),
      events: 0,
      beginTimestamp,
      endTimestamp,
      discardedTotal,
      discardedSince: discardedTotal - this.#progress.discarded,
      lostSubbuffers: this.#lostSubbuffers,
      overwrittenEvents: 0,
      complete: false,
    };
    const after = { ...this.#progress, timestamp: endTimestamp, discarded: discardedTotal };
    this.#pending = { packet, after };
    return packet;
  }

  /** Before the first sub-buffer is open, the writer stores the time in slot 0. */
  #tailOfNothing(): Packet | undefined {
    const endTimestamp = this.#data.loadU64(descriptorOffset(0) + DESCRIPTOR_LAST_TIMESTAMP);
    const discarded = this.#data.loadF64(OFFSET_DISCARDED);
    if (this.#data.loadU32(OFFSET_OPENED) !== 0) return undefined;
    return this.#tail({ endTimestamp, discarded });
  }

  #passLost(subbuffers: number): void {
    const consumed = (this.#progress.consumed + subbuffers) >>> 0;
    if (this.#isFresh) {
      this.#progress = {
        ...this.#progress,
        consumed,
        bytes: 0,
        discarded: this.#discardedBefore(consumed),
      };
      return;
    }
    this.#progress = { ...this.#progress, consumed, bytes: 0 };
    this.#lostSubbuffers += subbuffers;
  }

  /**
   * Events discarded before this sub-buffer was opened. The slot of the previous sub-buffer holds that number as long
   * as this sub-buffer exists: the writer next stores the number when it closes that slot's next sub-buffer, just
   * before it reuses the slot of this one.
   */
  #discardedBefore(generation: number): number {
    const line = this.#line((generation - 1) >>> 0);
    return atLeast(this.#data.loadF64(line + DESCRIPTOR_DISCARDED_AT_CLOSE), 0);
  }

  /** Advances without a packet; behind kept packets the position follows with the last of them. */
  #advance(progress: Progress): void {
    this.#progress = progress;
    const last = this.#kept.pop();
    if (last !== undefined) {
      this.#kept.push({ stored: last.stored, ...progress });
      return;
    }
    this.position?.announce({ stored: this.#stored, ...progress });
    this.position?.commit(progress);
  }
}

/** `value` if it is a count above `least`, or else `least`. */
function atLeast(value: number, least: number): number {
  return Number.isSafeInteger(value) && value > least ? value : least;
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
