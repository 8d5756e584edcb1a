/**
 * One stream at a relay. Its packets go over the data connection and their indexes over the control connection. Then
 * the output asks the relay whether it has them both, again and again, until the relay says that nothing is pending.
 */
import { fail, ok } from '../base/result.ts';
import { NS_PER_MS_BIGINT } from '../base/time.ts';
import type { Clock, Timer } from '../port/clock.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { DATA_PENDING, NO_DATA_PENDING } from '../wire/relay/outcome.ts';
import { type Recorded, strange, written } from './recording-error.ts';
import type { RelayLink } from './relay-link.ts';
import { addStream, NO_PACKET, type RelayTrace } from './relay-trace.ts';
import type { SinkPacket, Standing, StoredListener, StreamOutput } from './sink.ts';

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
  readonly #listener: OutputListener;
  /** The relay's name for the stream. */
  #handle: bigint | undefined;
  #position = 0;
  #nextSequence = 0n;
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
    { channel, streamId }: ConsumerStream,
    listener: OutputListener,
  ) {
    this.#clock = clock;
    this.#link = link;
    this.#trace = trace;
    this.#listener = listener;
    this.traceUuid = trace.uuid;
    this.name = trace.path;
    addStream(link, `${channel}_${streamId}`, trace.path, (handle) => {
      this.#handle = handle;
      if (this.#isClosed) this.#closeAt(handle);
      else listener.onStored(0);
    });
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
    return ok(this.#handle !== undefined && this.#listener.hasRoom());
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
    for (const packet of packets) this.#send(stream, packet);
    this.#position += byteLengthOf(packets);
    const bytes = byteLengthOf(packets) + this.#declaredBytes;
    this.#declaredBytes = 0;
    this.#inFlight.push({ last: this.#nextSequence - 1n, bytes });
    this.#listener.onTaken(bytes);
    this.#ask(stream);
    return TAKEN;
  }

  /** There may be room, or the link has failed. */
  changed(): void {
    if (!this.#isClosed) this.#listener.onStored(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#askTimer?.cancel();
    if (this.#handle !== undefined) this.#closeAt(this.#handle);
    this.#listener.onClosed(this.#inFlight.length, sizeOf(this.#inFlight));
    this.#inFlight = [];
  }

  #closeAt(stream: bigint): void {
    const lastSequence = this.#nextSequence === 0n ? NO_PACKET : this.#nextSequence - 1n;
    this.#link.ask('close-stream', { stream, lastSequence });
  }

  #send(stream: bigint, { values, header, body }: SinkPacket): void {
    const sequence = this.#nextSequence;
    this.#nextSequence += 1n;
    this.#link.sendPacket(stream, sequence, [header, body]);
    const bits = BigInt(header.byteLength + body.byteLength) * BITS;
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

  /** Asks up to the last packet that was sent. Until the relay has it, later packets wait for the next question. */
  #ask(stream: bigint): void {
    const newest = this.#inFlight.at(-1);
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
