/**
 * One stream at a relay. Its packets go over the path of packets, and the index of each follows over the control
 * connection when the packet is settled there. A packet that was given up gets one without events in its place, whose
 * counter of discarded events counts them. Then the output asks the relay whether it has them both, again and again,
 * until the relay says that nothing is pending.
 */
import { fail, ok } from '../base/result.ts';
import { NS_PER_MS_BIGINT } from '../base/time.ts';
import { encodePacketHeader, type PacketHeader } from '../ctf/packet.ts';
import type { Clock, Timer } from '../port/clock.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { DATA_PENDING, NO_DATA_PENDING } from '../wire/relay/outcome.ts';
import { type Recorded, strange, written } from './recording-error.ts';
import type { RelayLink } from './relay-link.ts';
import { addStream, NO_PACKET, type RelayTrace } from './relay-trace.ts';
import type { SinkPacket, Standing, StoredListener, StreamOutput } from './sink.ts';
import { fileNameOf } from './taken-streams.ts';

/** The wait before the relay is asked again doubles from the first to the last of these. */
const ASK_MS_MIN = 1;
const ASK_MS_MAX = 64;
/** How long the relay may keep what we asked for pending, while the kernel takes none of our bytes. */
export const RELAY_STORE_MS_MAX = 30_000;
const BITS = 8n;
const TAKEN = ok('taken' as const);

export interface OutputListener {
  readonly onStored: StoredListener;
  /** False: `changed` of the output is called when there is room. */
  readonly hasRoom: () => boolean;
  readonly onTaken: (bytes: number) => void;
  /** See {@link StreamOutput.hasNews}. */
  readonly hasNews: () => boolean;
  /** A packet of the stream is on its way to viewers. */
  readonly onTold: () => void;
  readonly onReleased: (packets: number, bytes: number) => void;
  /** With what was in flight: other streams get its room. */
  readonly onClosed: (packets: number, bytes: number) => void;
}

/** What one `append` sent. */
interface InFlight {
  /** The number of its last packet. */
  readonly last: bigint;
  readonly bytes: number;
}

export class RelayOutput implements StreamOutput {
  readonly declaredClasses = undefined;
  readonly traceUuid: Uint8Array;
  readonly name: string;
  readonly #clock: Clock;
  readonly #link: RelayLink;
  readonly #trace: RelayTrace;
  readonly #streamId: number;
  readonly #listener: OutputListener;
  /** The relay's name for the stream. */
  #handle: bigint | undefined;
  #position = 0;
  #nextSequence = 0n;
  /** Packets before this number are settled: the relay has, or will have, them and their indexes. */
  #settledBelow = 0n;
  /** Events in packets that were given up. */
  #lostEvents = 0;
  #inFlight: InFlight[] = [];
  /** Bytes of declarations that the next packet needs: they count as its own. */
  #declaredBytes = 0;
  /** The packet up to which the relay was asked. */
  #asked: bigint | undefined;
  #askMs = ASK_MS_MIN;
  #askTimer: Timer | undefined;
  /** When the relay stored something, or the kernel took bytes. */
  #progressNs = 0n;
  #pendingBytes = 0;
  #isClosed = false;

  constructor(
    clock: Clock,
    link: RelayLink,
    trace: RelayTrace,
    stream: ConsumerStream,
    listener: OutputListener,
  ) {
    this.#clock = clock;
    this.#link = link;
    this.#trace = trace;
    this.#streamId = stream.streamId;
    this.#listener = listener;
    this.traceUuid = trace.uuid;
    this.name = trace.path;
    const onAdded = (handle: bigint): void => {
      this.#handle = handle;
      if (this.#isClosed) this.#closeAt(handle);
      else listener.onStored(0);
    };
    addStream(link, fileNameOf(stream), trace.path, onAdded, stream.tracefiles);
    link.ask('streams-sent', {});
  }

  get position(): number {
    return this.#position;
  }

  standing(): Recorded<Standing> {
    return ok('here');
  }

  resumeAt(position: number): Recorded {
    return position === 0 ? ok(undefined) : strange('a relay does not continue a stream');
  }

  room(): Recorded<boolean> {
    const { failure } = this.#link;
    if (failure !== undefined) return written(fail(failure));
    const isHeld = this.#handle === undefined || this.#link.isHeld(this.#handle);
    return ok(!isHeld && this.#listener.hasRoom());
  }

  declare(text: string): Recorded {
    this.#declaredBytes += this.#trace.declare(text);
    return ok(undefined);
  }

  prepare(packets: readonly SinkPacket[]): Recorded<number> {
    return ok(this.#position + byteLengthOf(packets));
  }

  append(packets: readonly SinkPacket[]): Recorded<'taken'> {
    const stream = this.#handle ?? NO_PACKET;
    this.#position += byteLengthOf(packets);
    const bytes = byteLengthOf(packets) + this.#declaredBytes;
    this.#declaredBytes = 0;
    this.#inFlight.push({ last: this.#nextSequence + BigInt(packets.length) - 1n, bytes });
    this.#listener.onTaken(bytes);
    this.#listener.onTold();
    for (const packet of packets) this.#send(stream, packet);
    return TAKEN;
  }

  get hasNews(): boolean {
    return this.#listener.hasNews();
  }

  /** A beacon: an index without a packet. The relay takes none while packets are on their way. */
  rest(until: bigint): boolean {
    const { failure } = this.#link;
    if (this.#handle === undefined || failure !== undefined || this.#inFlight.length > 0)
      return false;
    this.#link.ask('send-index', {
      stream: this.#handle,
      sequence: this.#nextSequence - 1n,
      packetBits: 0n,
      contentBits: 0n,
      timestampBegin: 0n,
      timestampEnd: until,
      eventsDiscarded: 0n,
      streamClass: BigInt(this.#streamId),
    });
    return true;
  }

  /** There may be room, or the link has failed. */
  changed(): void {
    if (!this.#isClosed) this.#listener.onStored(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#askTimer?.cancel();
    if (this.#handle !== undefined) {
      this.#closeAt(this.#handle);
      this.#link.forget(this.#handle);
    }
    this.#listener.onClosed(this.#inFlight.length, sizeOf(this.#inFlight));
    this.#inFlight = [];
  }

  #closeAt(stream: bigint): void {
    const lastSequence = this.#settledBelow === 0n ? NO_PACKET : this.#settledBelow - 1n;
    this.#link.ask('close-stream', { stream, lastSequence });
  }

  #send(stream: bigint, { values, header, body, events }: SinkPacket): void {
    const sequence = this.#nextSequence;
    this.#nextSequence += 1n;
    const isChanged = this.#lostEvents > 0;
    const counted = { ...values, eventsDiscarded: values.eventsDiscarded + this.#lostEvents };
    const parts = [isChanged ? encodePacketHeader(counted) : header, body];
    const onSettled = (isLost: boolean): void => {
      if (this.#isClosed) return;
      if (isLost) this.#lostEvents += events;
      const eventsDiscarded = values.eventsDiscarded + this.#lostEvents;
      if (isLost) this.#replace(stream, sequence, { ...values, bodyBytes: 0, eventsDiscarded });
      else this.#sendIndex(stream, sequence, counted, header.byteLength + body.byteLength);
      this.#settledBelow = sequence + 1n;
      this.#ask(stream);
    };
    this.#link.sendPacket({ stream, sequence, parts, onSettled });
  }

  /** Sends a packet without events in the place of one that was given up. */
  #replace(stream: bigint, sequence: bigint, values: PacketHeader): void {
    const content = encodePacketHeader(values);
    this.#link.ask('replace-packet', { stream, sequence, content });
    this.#sendIndex(stream, sequence, values, content.byteLength);
  }

  #sendIndex(stream: bigint, sequence: bigint, values: PacketHeader, byteLength: number): void {
    const bits = BigInt(byteLength) * BITS;
    this.#link.ask('send-index', {
      stream,
      sequence,
      packetBits: bits,
      contentBits: bits,
      timestampBegin: values.timestampBegin,
      timestampEnd: values.timestampEnd,
      eventsDiscarded: BigInt(values.eventsDiscarded),
      streamClass: BigInt(values.streamClassId),
      streamInstance: BigInt(values.streamInstanceId),
      packetNumber: BigInt(values.sequenceNumber),
    });
  }

  /** Asks up to the last packet that is settled. Until the relay has it, later ones wait for the next question. */
  #ask(stream: bigint): void {
    const newest = this.#inFlight.findLast(({ last }) => last < this.#settledBelow);
    if (newest === undefined || this.#asked !== undefined) return;
    this.#asked = newest.last;
    this.#askMs = ASK_MS_MIN;
    this.#progressNs = this.#clock.monotonicNs();
    this.#pendingBytes = this.#link.pendingBytes;
    this.#askFor(stream, newest.last);
  }

  #askFor(stream: bigint, lastSequence: bigint): void {
    const onReply = ({ code }: { readonly code: number }): void => {
      if (this.#isClosed) return;
      if (code === DATA_PENDING) this.#askLater(stream, lastSequence);
      else this.#confirm(stream, lastSequence);
    };
    const codes = [NO_DATA_PENDING, DATA_PENDING];
    this.#link.ask('data-pending', { stream, lastSequence }, onReply, codes);
  }

  #askLater(stream: bigint, lastSequence: bigint): void {
    const now = this.#clock.monotonicNs();
    const { pendingBytes } = this.#link;
    if (pendingBytes < this.#pendingBytes) this.#progressNs = now;
    this.#pendingBytes = pendingBytes;
    if (now - this.#progressNs > BigInt(RELAY_STORE_MS_MAX) * NS_PER_MS_BIGINT) {
      this.#link.fail('ETIMEDOUT', 'the relay does not store what it receives');
      return;
    }
    const askMs = this.#askMs;
    this.#askMs = Math.min(2 * askMs, ASK_MS_MAX);
    this.#askTimer = this.#clock.setTimer(askMs, () => this.#askFor(stream, lastSequence));
  }

  #confirm(stream: bigint, last: bigint): void {
    this.#asked = undefined;
    const count = this.#inFlight.filter((each) => each.last <= last).length;
    const stored = this.#inFlight.splice(0, count);
    this.#ask(stream);
    // The room comes first, so that this stream finds some, too.
    this.#listener.onReleased(count, sizeOf(stored));
    if (!this.#isClosed) this.#listener.onStored(count);
  }
}

function sizeOf(packets: readonly InFlight[]): number {
  return packets.reduce((sum, { bytes }) => sum + bytes, 0);
}

function byteLengthOf(packets: readonly SinkPacket[]): number {
  return packets.reduce((sum, { header, body }) => sum + header.byteLength + body.byteLength, 0);
}
