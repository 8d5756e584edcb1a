/**
 * Reads one stream file, message by message. A packet counts from the moment the file holds all of it; a
 * packet that the file's end cuts off is not there yet, or, when nobody writes any more, lost and said so.
 */
import { uuidFromBytes } from '../base/uuid.ts';
import type { OpenFile } from '../port/world.ts';
import { integerIn } from './compile.ts';
import { Cursor } from './cursor.ts';
import type { LossMessage, TraceMessage, TraceSource } from './message.ts';
import { osErrorText } from './os-error-text.ts';
import { PACKET_MAGIC } from './packet.ts';
import { PacketWindow } from './packet-window.ts';
import type { StreamDecoder, TraceDecoder } from './stream-decoder.ts';
import type { TraceSchema } from './tsdl/types.ts';
import type { FieldStruct, FieldValue } from './values.ts';

/** What the trace tells its streams. */
export interface StreamHost {
  readonly schema: TraceSchema;
  readonly decoder: TraceDecoder;
  readonly source: TraceSource;
  /** Reads the metadata on; whether anything was new. */
  refreshMetadata(): boolean;
}

const NOTHING: FieldStruct = {};

interface Packet {
  readonly offset: number;
  readonly byteLength: number;
  readonly stream: StreamDecoder;
  readonly context: FieldStruct;
}

/** What is remembered of the packet before. */
interface Account {
  readonly sequenceNumber: bigint | undefined;
  readonly eventsDiscarded: bigint | undefined;
  /** Nanoseconds since the epoch. */
  readonly end: bigint;
}

export class StreamReader {
  readonly path: string;
  private readonly host: StreamHost;
  private readonly file: OpenFile;
  private readonly cursor = new Cursor();
  private readonly window: PacketWindow;
  private readonly queue: TraceMessage[] = [];
  private offset = 0;
  private packet: Packet | undefined;
  private account: Account | undefined;
  private lastTimestamp = 0n;
  private ended = false;

  /** Takes over `file`, open for reading. */
  constructor(path: string, file: OpenFile, host: StreamHost) {
    this.path = path;
    this.file = file;
    this.host = host;
    this.window = new PacketWindow(file, this.cursor);
  }

  /**
   * The next message, undefined when the file holds no more. `isFollowing`: the file may still grow, so a
   * packet that is not complete or not declared yet is left for a later call instead of being a problem.
   */
  next(isFollowing: boolean): TraceMessage | undefined {
    for (;;) {
      const queued = this.queue.shift();
      if (queued !== undefined) return queued;
      if (this.ended) return undefined;
      if (this.packet === undefined) {
        if (!this.openPacket(isFollowing)) return undefined;
      } else if (this.window.atLimit) {
        this.offset += this.packet.byteLength;
        this.packet = undefined;
      } else {
        const waits = !this.readEvent(this.packet, isFollowing);
        if (waits) return undefined;
      }
    }
  }

  close(): void {
    this.file.close();
  }

  /** Enters the next packet; false when there is none to enter now. */
  private openPacket(isFollowing: boolean): boolean {
    const length = this.file.byteLength();
    if (!length.ok) return this.stop(osErrorText(length.error));
    const available = length.value - this.offset;
    if (available <= 0) return false;
    this.window.enter(this.offset, available * 8);
    const header = this.readHeader();
    if (header === 'short') return this.waitForMore(isFollowing, available);
    if (header === undefined) return true;
    const stream = this.streamOf(header, isFollowing);
    if (stream === undefined) return this.ended;
    return this.readContext(stream, available, isFollowing);
  }

  private readHeader(): FieldStruct | 'short' | undefined {
    const decode = this.host.decoder.packetHeader();
    if (!decode.ok) return this.stopUndefined(decode.error);
    let header = NOTHING;
    const read = this.window.decode(() => {
      if (decode.value !== undefined) header = decode.value(this.cursor);
    });
    if (!read.ok) return this.stopUndefined(read.error);
    if (read.value === 'short') return 'short';
    if ('magic' in header && integerIn(header['magic']) !== BigInt(PACKET_MAGIC)) {
      return this.stopUndefined('no packet begins there');
    }
    const { uuid } = header;
    const expected = this.host.schema.uuid;
    if (Array.isArray(uuid) && uuid.length === 16 && expected !== undefined) {
      const found = uuidFromBytes(Uint8Array.from(uuid as number[]));
      if (found !== expected.toLowerCase()) {
        return this.stopUndefined(`the packet belongs to trace ${found}`);
      }
    }
    return header;
  }

  /** The decoder of the packet's stream class, undefined when it is not known (yet). */
  private streamOf(header: FieldStruct, isFollowing: boolean): StreamDecoder | undefined {
    const only =
      this.host.schema.streams.size === 1 ? this.host.schema.streams.keys().next() : undefined;
    const id = 'stream_id' in header ? Number(integerIn(header['stream_id'])) : (only?.value ?? 0);
    let stream = this.host.decoder.stream(id);
    if (stream.ok && stream.value === undefined && this.host.refreshMetadata()) {
      stream = this.host.decoder.stream(id);
    }
    if (!stream.ok) return this.stopUndefined(stream.error);
    if (stream.value !== undefined || isFollowing) return stream.value;
    return this.stopUndefined(`stream class ${id} is not in the metadata`);
  }

  private readContext(stream: StreamDecoder, available: number, isFollowing: boolean): boolean {
    let context = NOTHING;
    const read = this.window.decode(() => {
      if (stream.packetContext !== undefined) context = stream.packetContext(this.cursor);
    });
    if (!read.ok) return this.stop(read.error);
    if (read.value === 'short') return this.waitForMore(isFollowing, available);
    const packetBits = numberAt(context, 'packet_size') ?? available * 8;
    const contentBits = numberAt(context, 'content_size') ?? packetBits;
    if (packetBits % 8 !== 0 || packetBits < this.window.positionBits || packetBits === 0) {
      return this.stop(`a packet cannot be ${packetBits} bits long`);
    }
    if (contentBits > packetBits || contentBits < this.window.positionBits) {
      return this.stop(`the content of a packet cannot be ${contentBits} bits long`);
    }
    if (packetBits / 8 > available) return this.waitForMore(isFollowing, available);
    this.window.limit(contentBits);
    const begin = bigAt(context, 'timestamp_begin');
    if (begin !== undefined) this.cursor.clock = begin;
    this.accountFor(stream, context);
    this.packet = { offset: this.offset, byteLength: packetBits / 8, stream, context };
    return true;
  }

  /** Compares the packet's counters with those of the one before. */
  private accountFor(stream: StreamDecoder, context: FieldStruct): void {
    const sequenceNumber = bigAt(context, 'packet_seq_num');
    const eventsDiscarded = bigAt(context, 'events_discarded');
    const begin = stream.toNanoseconds(this.cursor.clock);
    const end = stream.toNanoseconds(bigAt(context, 'timestamp_end') ?? this.cursor.clock);
    const before = this.account;
    const packets = difference(sequenceNumber, before?.sequenceNumber) - 1n;
    if (before !== undefined && packets > 0n) {
      this.queue.push(this.loss('discarded-packets', packets, before.end, begin));
    }
    const events = difference(eventsDiscarded, before?.eventsDiscarded);
    if (before !== undefined && events > 0n) {
      this.queue.push(this.loss('discarded-events', events, before.end, end));
    }
    this.account = { sequenceNumber, eventsDiscarded, end };
    if (begin > this.lastTimestamp) this.lastTimestamp = begin;
  }

  private loss(kind: LossMessage['kind'], count: bigint, from: bigint, until: bigint): LossMessage {
    const { source } = this.host;
    return { kind, count, timestamp: from, until, source, streamFile: this.path };
  }

  /** Queues the next event; false when its class is not known yet. */
  private readEvent(packet: Packet, isFollowing: boolean): boolean {
    const { cursor, window } = this;
    const before = window.positionBits;
    const clockBefore = cursor.clock;
    const { stream } = packet;
    let common = NOTHING;
    let specific = NOTHING;
    let fields = NOTHING;
    let unknown = false;
    let event: ReturnType<StreamDecoder['event']> | undefined;
    const read = window.decode(() => {
      cursor.eventId = undefined;
      stream.eventHeader?.(cursor);
      if (cursor.failed) return;
      if (stream.commonContext !== undefined) common = stream.commonContext(cursor);
      if (cursor.failed) return;
      event = this.eventDecoder(stream, cursor.eventId ?? 0);
      unknown = event.ok && event.value === undefined;
      if (!event.ok || event.value === undefined) return;
      const { value } = event;
      if (value.specificContext !== undefined) specific = value.specificContext(cursor);
      if (cursor.failed) return;
      if (value.fields !== undefined) fields = value.fields(cursor);
    });
    if (!read.ok) return this.stop(read.error, before);
    if (read.value === 'short')
      return this.stop('an event runs past the end of its packet', before);
    if (event === undefined || !event.ok) return this.stop(event?.error ?? 'no event', before);
    if (unknown && isFollowing) {
      cursor.position -= window.positionBits - before;
      cursor.clock = clockBefore;
      return false;
    }
    if (event.value === undefined) {
      return this.stop(`event class ${cursor.eventId ?? 0} is not in the metadata`, before);
    }
    if (window.positionBits === before) return this.stop('an event takes no space', before);
    const { shape } = event.value;
    this.lastTimestamp = stream.toNanoseconds(cursor.clock);
    this.queue.push({
      kind: 'event',
      timestamp: this.lastTimestamp,
      name: shape.name,
      ...(shape.logLevel === undefined ? {} : { logLevel: shape.logLevel }),
      source: this.host.source,
      streamFile: this.path,
      packetContext: packet.context,
      commonContext: common,
      specificContext: specific,
      fields,
      shape,
    });
    return true;
  }

  private eventDecoder(stream: StreamDecoder, id: number): ReturnType<StreamDecoder['event']> {
    const known = stream.event(id);
    if (!known.ok || known.value !== undefined) return known;
    return this.host.refreshMetadata() ? stream.event(id) : known;
  }

  /** The file ends inside a packet: a reason to wait, or to say so; true when there is something to say. */
  private waitForMore(isFollowing: boolean, available: number): boolean {
    if (isFollowing) return false;
    const text = `${this.path}: the packet at byte ${this.offset} is cut off; its ${available} bytes are left out`;
    this.queue.push(this.problem(text, false));
    this.ended = true;
    return true;
  }

  /** Ends the stream with a problem, told next; true so that the caller goes on to tell it. */
  private stop(problem: string, atBits?: number): true {
    const bits = atBits === undefined ? '' : `, bit ${atBits} of it`;
    const text = `${this.path}: the packet at byte ${this.offset}${bits} cannot be read: ${problem}`;
    this.queue.push(this.problem(text, true));
    this.ended = true;
    return true;
  }

  private stopUndefined(problem: string): undefined {
    this.stop(problem);
    return undefined;
  }

  private problem(text: string, fatal: boolean): TraceMessage {
    const { source } = this.host;
    const { lastTimestamp: timestamp, path: streamFile } = this;
    return { kind: 'problem', timestamp, source, streamFile, text, fatal };
  }
}

function bigAt(struct: FieldStruct, name: string): bigint | undefined {
  const value: FieldValue | undefined = struct[name];
  return typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : undefined;
}

function numberAt(struct: FieldStruct, name: string): number | undefined {
  const value = bigAt(struct, name);
  return value === undefined ? undefined : Number(value);
}

function difference(now: bigint | undefined, before: bigint | undefined): bigint {
  return now === undefined || before === undefined ? 0n : now - before;
}
