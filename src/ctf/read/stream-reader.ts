/**
 * Reads one stream file, message by message. While the file may still grow, the reader enters a packet once the
 * file holds all of it; otherwise it also reads the present part of an incomplete last packet.
 */
import { uuidFromBytes } from '../../base/uuid.ts';
import type { ReadableFile } from '../../port/files.ts';
import { osErrorText } from '../../port/os-error.ts';
import { PACKET_MAGIC } from '../packet.ts';
import { Cursor } from './cursor.ts';
import {
  compareInstants,
  type EventMessage,
  type Instant,
  type LossMessage,
  type TraceMessage,
} from './message.ts';
import { PacketWindow, type WindowCount } from './packet-window.ts';
import type { EventDecoder, StreamDecoder, TraceDecoder } from './stream-decoder.ts';
import type { StructSchema } from './tsdl/types.ts';
import { bigOf, difference, type FieldValue, numberOf, type StructValue } from './values.ts';

/** The trace, as its streams see it. */
export interface StreamHost {
  readonly decoder: TraceDecoder;
  readonly windows: WindowCount;
  /** Reads new metadata; true if there was any. */
  refreshMetadata(): boolean;
}

const NOTHING: StructValue = [];
const BEGINNING: Instant = { seconds: 0, nanoseconds: 0 };

interface Packet {
  readonly byteLength: number;
  readonly stream: StreamDecoder;
  readonly context: StructValue;
  /** The file ends before the packet does. */
  readonly isCutOff: boolean;
}

export interface FirstPacket {
  /** Class and instance. */
  readonly stream: string;
  readonly number: bigint;
  /** Events that were discarded until its end. */
  readonly discarded: bigint;
}

/** Counters of the previous packet. */
interface Account {
  readonly sequenceNumber: bigint | undefined;
  readonly eventsDiscarded: bigint | undefined;
  readonly end: Instant;
}

export class StreamReader {
  readonly path: string;
  readonly #host: StreamHost;
  readonly #file: ReadableFile;
  readonly #cursor = new Cursor();
  readonly #window: PacketWindow;
  readonly #queue: TraceMessage[] = [];
  #offset = 0;
  #packet: Packet | undefined;
  #account: Account | undefined;
  #last: Instant = BEGINNING;
  #hasEnded = false;
  /** Decoded parts of the current packet and event. */
  #header = NOTHING;
  #context = NOTHING;
  #common = NOTHING;
  #specific = NOTHING;
  #fields = NOTHING;
  #eventDecoder: EventDecoder | undefined;
  #eventProblem: string | undefined;

  /** Takes over `file`, open for reading. */
  constructor(path: string, file: ReadableFile, host: StreamHost) {
    this.path = path;
    this.#file = file;
    this.#host = host;
    this.#window = new PacketWindow(file, this.#cursor, host.windows);
    host.windows.windows++;
  }

  /** True if no more messages come from this file, even if it grows. */
  get ended(): boolean {
    return this.#hasEnded;
  }

  /** Bytes of the file up to the last message. */
  get reachedBytes(): number {
    return this.#offset + (this.#packet?.byteLength ?? 0);
  }

  /** Bytes of the packets that are read to their end. */
  get readBytes(): number {
    return this.#offset;
  }

  /** Length of the file, or the bytes read so far if the length is unknown. */
  byteLength(): number {
    const length = this.#file.byteLength();
    return length.ok ? length.value : this.reachedBytes;
  }

  /**
   * The next message, undefined if the file holds no more. `isFollowing`: the file may still grow, so a later call
   * reads a packet that is not complete or not declared yet.
   */
  next(isFollowing: boolean): TraceMessage | undefined {
    for (;;) {
      if (this.#queue.length > 0) return this.#queue.shift();
      if (this.#hasEnded) return undefined;
      const packet = this.#packet;
      if (packet === undefined) {
        if (!this.#openPacket(isFollowing)) {
          this.#window.release();
          return undefined;
        }
      } else if (this.#window.atLimit) {
        this.#closePacket(packet);
      } else {
        const event = this.#readEvent(packet, isFollowing);
        if (event !== undefined) return event;
        if (this.#queue.length === 0) return undefined;
      }
    }
  }

  /** Before the first message: names the stream, and the number of the first packet, if it is whole and has both. */
  firstPacket(): FirstPacket | undefined {
    const packet = this.#openPacket(true) ? this.#packet : undefined;
    const { packetHeader } = this.#host.decoder.schema;
    const instance = memberOf(packetHeader, this.#header, 'stream_instance_id');
    const { sequenceNumber: number, eventsDiscarded: discarded = 0n } = this.#account ?? {};
    this.#packet = undefined;
    this.#account = undefined;
    this.#last = BEGINNING;
    this.#queue.length = 0;
    this.#hasEnded = false;
    this.#window.release();
    if (packet === undefined || instance === undefined || number === undefined) return undefined;
    return { stream: `${packet.stream.schema.id} ${numberOf(instance)}`, number, discarded };
  }

  /** Before the first message: the packets follow those of another file. */
  follow(before: StreamReader): void {
    this.#account = before.#account;
    this.#last = before.#last;
  }

  close(): void {
    this.#window.release();
    this.#host.windows.windows--;
    this.#file.close();
  }

  readonly #decodeHeader = (): void => {
    const decode = this.#host.decoder.packetHeader();
    if (!decode.ok) this.#cursor.fail(decode.error);
    else this.#header = decode.value?.(this.#cursor) ?? NOTHING;
  };

  /** Enters the next packet; false if there is none to enter now. */
  #openPacket(isFollowing: boolean): boolean {
    const length = this.#file.byteLength();
    if (!length.ok) return this.#stop(osErrorText(length.error));
    const available = length.value - this.#offset;
    if (available <= 0) return false;
    this.#window.enter(this.#offset, available * 8);
    const read = this.#window.decode(this.#decodeHeader);
    if (!read.ok) return this.#stop(read.error);
    if (read.value === 'short') return isFollowing ? false : this.#cutOff(available);
    const problem = this.#checkHeader();
    if (problem !== undefined) return this.#stop(problem);
    const id = numberOf(
      memberOf(this.#host.decoder.schema.packetHeader, this.#header, 'stream_id'),
    );
    const stream = this.#findStream(id);
    if (typeof stream === 'string') return this.#stop(stream);
    if (stream !== undefined) return this.#readContext(stream, available, isFollowing);
    return isFollowing ? false : this.#stop(`stream class ${id ?? 0} is not in the metadata`);
  }

  /** One clause if the packet does not belong to this trace. */
  #checkHeader(): string | undefined {
    const { packetHeader, uuid: expected } = this.#host.decoder.schema;
    const magic = memberOf(packetHeader, this.#header, 'magic');
    if (magic !== undefined && magic !== PACKET_MAGIC) return 'its magic number is wrong';
    const uuid = memberOf(packetHeader, this.#header, 'uuid');
    if (!Array.isArray(uuid) || uuid.length !== 16 || expected === undefined) return undefined;
    const found = uuidFromBytes(Uint8Array.from(uuid as number[]));
    return found === expected.toLowerCase() ? undefined : `it belongs to trace ${found}`;
  }

  /** The decoder of a stream class, undefined if it is not declared (yet), or why it cannot be compiled. */
  #findStream(id: number | undefined): StreamDecoder | string | undefined {
    const { decoder } = this.#host;
    const { streams } = decoder.schema;
    const wanted = id ?? (streams.size === 1 ? (streams.keys().next().value ?? 0) : 0);
    let stream = decoder.stream(wanted);
    if (stream.ok && stream.value === undefined && this.#host.refreshMetadata()) {
      stream = decoder.stream(wanted);
    }
    return stream.ok ? stream.value : stream.error;
  }

  #readContext(stream: StreamDecoder, available: number, isFollowing: boolean): boolean {
    const cursor = this.#cursor;
    const window = this.#window;
    this.#context = NOTHING;
    const read = window.decode(() => {
      this.#context = stream.packetContext?.(cursor) ?? NOTHING;
    });
    if (!read.ok) return this.#stop(read.error);
    if (read.value === 'short') return isFollowing ? false : this.#cutOff(available);
    const context = this.#context;
    const { packetContext: type } = stream.schema;
    const packetBits = numberOf(memberOf(type, context, 'packet_size')) ?? available * 8;
    const contentBits = numberOf(memberOf(type, context, 'content_size')) ?? packetBits;
    if (packetBits % 8 !== 0 || packetBits < window.positionBits || packetBits === 0) {
      return this.#stop(`a packet cannot be ${packetBits} bits long`);
    }
    if (contentBits > packetBits || contentBits < window.positionBits) {
      return this.#stop(`the content of a packet cannot be ${contentBits} bits long`);
    }
    const byteLength = packetBits / 8;
    if (byteLength > available && isFollowing) return false;
    window.limit(Math.min(contentBits, available * 8));
    const begin = bigOf(memberOf(type, context, 'timestamp_begin'));
    if (begin !== undefined) cursor.setClock(begin);
    this.#accountFor(stream, context);
    const isCutOff = contentBits > available * 8;
    this.#packet = { byteLength: Math.min(byteLength, available), stream, context, isCutOff };
    return true;
  }

  /** Compares the packet's counters with those of the previous packet. */
  #accountFor(stream: StreamDecoder, context: StructValue): void {
    const { packetContext: type } = stream.schema;
    const sequenceNumber = bigOf(memberOf(type, context, 'packet_seq_num'));
    const eventsDiscarded = bigOf(memberOf(type, context, 'events_discarded'));
    const { clockHigh, clockLow } = this.#cursor;
    const begin = stream.clock.at(clockHigh, clockLow);
    let end = begin;
    const endCycles = bigOf(memberOf(type, context, 'timestamp_end'));
    if (endCycles !== undefined) {
      this.#cursor.setClock(endCycles);
      end = stream.clock.at(this.#cursor.clockHigh, this.#cursor.clockLow);
      this.#cursor.clockHigh = clockHigh;
      this.#cursor.clockLow = clockLow;
    }
    const before = this.#account;
    this.#account = { sequenceNumber, eventsDiscarded, end };
    if (before !== undefined) {
      const packets = difference(sequenceNumber, before.sequenceNumber) - 1n;
      if (packets > 0n) this.#lose('discarded-packets', packets, before.end, begin);
      const events = difference(eventsDiscarded, before.eventsDiscarded);
      if (events > 0n) this.#lose('discarded-events', events, before.end, end);
    }
    if (compareInstants(begin, this.#last) > 0) this.#last = begin;
  }

  #lose(kind: LossMessage['kind'], count: bigint, time: Instant, until: Instant): void {
    const { source } = this.#host.decoder;
    this.#queue.push({ kind, count, time, until, source, streamFile: this.path });
  }

  #closePacket(packet: Packet): void {
    if (packet.isCutOff) {
      this.#cutOff(packet.byteLength);
      return;
    }
    this.#offset += packet.byteLength;
    this.#packet = undefined;
  }

  readonly #decodeEvent = (): void => {
    const cursor = this.#cursor;
    const { stream } = this.#packet as Packet;
    this.#eventDecoder = undefined;
    this.#eventProblem = undefined;
    stream.eventHeader?.(cursor);
    if (cursor.failed) return;
    this.#common = stream.commonContext?.(cursor) ?? NOTHING;
    if (cursor.failed) return;
    const id = cursor.eventId < 0 ? 0 : cursor.eventId;
    const decoder = stream.known(id) ?? this.#findEvent(stream, id);
    if (decoder === undefined) return;
    this.#eventDecoder = decoder;
    this.#specific = decoder.specificContext?.(cursor) ?? NOTHING;
    if (cursor.failed) return;
    this.#fields = decoder.fields?.(cursor) ?? NOTHING;
  };

  /** The next event; undefined if another message is queued, or if the class is not declared yet. */
  #readEvent(packet: Packet, isFollowing: boolean): EventMessage | undefined {
    const cursor = this.#cursor;
    const window = this.#window;
    const { clockHigh, clockLow } = cursor;
    const before = window.positionBits;
    const read = window.decode(this.#decodeEvent);
    if (!read.ok) return this.#stopAt(before, read.error);
    if (read.value === 'short') {
      if (!packet.isCutOff) return this.#stopAt(before, 'an event runs past the end of its packet');
      this.#cutOff(packet.byteLength);
      return undefined;
    }
    const decoder = this.#eventDecoder;
    if (decoder === undefined) {
      if (this.#eventProblem !== undefined) return this.#stopAt(before, this.#eventProblem);
      if (!isFollowing) {
        const id = Math.max(0, cursor.eventId);
        return this.#stopAt(before, `event class ${id} is not in the metadata`);
      }
      cursor.position -= window.positionBits - before;
      cursor.clockHigh = clockHigh;
      cursor.clockLow = clockLow;
      return undefined;
    }
    if (window.positionBits === before) return this.#stopAt(before, 'an event takes no space');
    const time = packet.stream.clock.at(cursor.clockHigh, cursor.clockLow);
    this.#last = time;
    return {
      kind: 'event',
      time,
      shape: decoder.shape,
      streamFile: this.path,
      packetContext: packet.context,
      commonContext: this.#common,
      specificContext: this.#specific,
      fields: this.#fields,
    };
  }

  #findEvent(stream: StreamDecoder, id: number): EventDecoder | undefined {
    let found = stream.event(id);
    if (found.ok && found.value === undefined && this.#host.refreshMetadata())
      found = stream.event(id);
    if (found.ok) return found.value;
    this.#eventProblem = found.error;
    return undefined;
  }

  /** Queues the message that the file ends inside a packet. Returns true: the caller then returns the message. */
  #cutOff(available: number): true {
    const text = `the last packet, at byte ${this.#offset}, is cut off after ${available} bytes`;
    this.#end(`${this.path}: ${text}`, false);
    return true;
  }

  /** Ends the stream with a problem message. Returns true: the caller then returns the message. */
  #stop(problem: string): true {
    this.#end(`${this.path}: the packet at byte ${this.#offset} cannot be read: ${problem}`, true);
    return true;
  }

  #stopAt(bits: number, problem: string): undefined {
    const where = `the event at bit ${bits} of the packet at byte ${this.#offset}`;
    this.#end(`${this.path}: ${where} cannot be read: ${problem}`, true);
    return undefined;
  }

  #end(text: string, fatal: boolean): void {
    const { source } = this.#host.decoder;
    this.#queue.push({
      kind: 'problem',
      time: this.#last,
      source,
      streamFile: this.path,
      text,
      fatal,
    });
    this.#hasEnded = true;
    this.#window.release();
  }
}

function memberOf(
  type: StructSchema | undefined,
  values: StructValue,
  name: string,
): FieldValue | undefined {
  const index = type?.fields.findIndex((field) => field.name === name) ?? -1;
  return values[index];
}
