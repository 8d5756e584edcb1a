/**
 * One stream of a session: packets from a data connection and their indexes, or metadata from the control connection.
 * A rotation changes the trace chunk at a packet's number. The packet may have arrived long before the control message
 * that names it: then it moves into the new chunk.
 */
import { assert } from '../base/assert.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type OsResult, osErrorText } from '../port/os-error.ts';
import type { PacketHeader } from '../wire/relay/data-frames.ts';
import type { SendIndexRequest } from '../wire/relay/send-index.ts';
import { INDEX_ENTRY_BYTES, indexEntry } from './index-file.ts';
import type { Quota } from './limits.ts';
import { type RememberedPacket, RememberedPackets } from './remembered-packets.ts';
import { type CreateFile, type FileBounds, StreamFiles } from './stream-files.ts';
import { StreamLog } from './stream-log.ts';
import type { Place, Tracefile } from './tracefile.ts';

const GIVEN_UP = 'sends the rest of a packet that the relay has given up';
/** The number that peers send for "no packet". */
const NO_SEQUENCE = 0xffff_ffff_ffff_ffffn;

export interface StreamOptions {
  readonly isMetadata: boolean;
  readonly createFile: CreateFile;
  readonly bounds: FileBounds;
  readonly remembered: Quota;
  /** Called once, when the stream has its last packet or is abandoned. */
  readonly onClosed: () => void;
  /** Called once, when it is closed and no viewer can read it any more, or when its session is discarded. */
  readonly onUnused: () => void;
}

/** The packet that is arriving, and the bytes of it that are in the file. */
interface Arriving {
  readonly packet: RememberedPacket;
  readonly header: PacketHeader;
  byteLength: number;
}

export class RelayStream {
  /** What viewers can read. */
  readonly log: StreamLog;
  readonly #options: StreamOptions;
  readonly #packets: RememberedPackets;
  /** Undefined: the stream left its chunk for none. */
  #files: StreamFiles | undefined;
  /** The number of the next packet to begin. The first one has any: LTTng counts on from snapshot to snapshot. */
  #next = 0n;
  #hasBegun = false;
  #arriving: Arriving | undefined;
  /** The relay has taken back what had arrived of a packet, whose connection does not know that yet. */
  #isGivenUp = false;
  #rotation: { readonly sequence: bigint; readonly place: Place | undefined } | undefined;
  /** After this packet the stream is closed. */
  #last: bigint | undefined;
  #isClosed = false;

  private constructor(options: StreamOptions, files: StreamFiles) {
    this.#options = options;
    this.#files = files;
    this.#packets = new RememberedPackets(options.remembered);
    this.log = new StreamLog(options.onUnused);
    this.log.hold();
    if (this.isMetadata) this.log.metadata = files.current;
  }

  /** Creates the stream's first file in `place`. */
  static create(options: StreamOptions, place: Place): OsResult<RelayStream> {
    const created = StreamFiles.create(options.createFile, place, options.bounds);
    return created.ok ? ok(new RelayStream(options, created.value)) : created;
  }

  get isMetadata(): boolean {
    return this.#options.isMetadata;
  }

  /** Whether a packet up to this number has not arrived whole. */
  isPending(lastSequence: bigint): boolean {
    if (lastSequence === NO_SEQUENCE) return this.#arriving !== undefined;
    const complete = this.#arriving === undefined ? this.#next : this.#next - 1n;
    return complete <= lastSequence;
  }

  /** One sentence when the packet cannot be taken: the connection that sends it is cut off. */
  begin(header: PacketHeader): string | undefined {
    const { sequence } = header;
    if (this.isMetadata) return 'sends packets of a metadata stream';
    if (this.#arriving !== undefined || this.#isGivenUp)
      return 'sends a packet of a stream of which one is arriving';
    if (this.#hasBegun && sequence !== this.#next)
      return `sends packet ${sequence}, and ${this.#next} is the next one`;
    const files = this.#files;
    if (files === undefined) return 'sends a packet of a stream that has left its last trace chunk';
    const byteLength = header.contentBytes + header.paddingBytes;
    const file = files.fileFor(byteLength);
    if (!file.ok) return osErrorText(file.error);
    const offset = file.value.byteLength;
    const packet = { sequence, byteLength, file: file.value, place: files.place, offset };
    if (!this.#packets.add(packet))
      return 'sends more packets without their indexes than the limit';
    const begun = file.value.beginPacket(byteLength);
    if (!begun.ok) {
      this.#packets.remove(sequence);
      return osErrorText(begun.error);
    }
    this.#arriving = { packet, header, byteLength: 0 };
    this.#next = sequence + 1n;
    this.#hasBegun = true;
    return undefined;
  }

  content(bytes: Uint8Array): string | undefined {
    if (this.#isGivenUp) return GIVEN_UP;
    assert(this.#arriving !== undefined, 'pre:relay-stream.content:begun');
    this.#arriving.byteLength += bytes.byteLength;
    return this.#stored(this.#arriving.packet.file.append(bytes));
  }

  end(): string | undefined {
    if (this.#isGivenUp) {
      this.#isGivenUp = false;
      return GIVEN_UP;
    }
    assert(this.#arriving !== undefined, 'pre:relay-stream.end:begun');
    const { packet, header } = this.#arriving;
    const trouble = this.#stored(packet.file.pad(header.paddingBytes));
    if (trouble !== undefined) return trouble;
    this.#arriving = undefined;
    const early = this.#packets.takeEarly(packet.sequence);
    const indexed = early === undefined ? ok(undefined) : this.#writeIndex(packet, early);
    if (!indexed.ok) return osErrorText(indexed.error);
    return this.#settle();
  }

  /** The connection ended within a packet: what has arrived of it goes. */
  abortPacket(): OsResult<void> {
    this.#isGivenUp = false;
    if (this.#arriving === undefined) return ok(undefined);
    const { packet } = this.#arriving;
    this.#arriving = undefined;
    this.#next = packet.sequence;
    this.#packets.remove(packet.sequence);
    return packet.file.truncate(packet.offset);
  }

  /** Takes the index of a packet that has arrived or will. */
  index(request: SendIndexRequest): Result<void, string> {
    if (request.packetBits === 0n) return ok(this.#noteBeacon(request));
    const packet = this.#packets.get(request.sequence);
    if (packet === undefined || packet === this.#arriving?.packet) {
      const isPast = packet === undefined && request.sequence < this.#next;
      if (isPast) return fail('the packet is not known');
      return this.#packets.addEarly(request)
        ? ok(undefined)
        : fail('too many indexes wait for their packets');
    }
    if (packet.index !== undefined) return fail('the packet has an index');
    const written = this.#writeIndex(packet, request);
    return written.ok ? ok(undefined) : fail(osErrorText(written.error));
  }

  /** A stream of a live session had nothing to send until then. What was sent before may still be on its way. */
  #noteBeacon({ timestampEnd, streamClass }: SendIndexRequest): void {
    if (this.#packets.isSettled) this.log.noteBeacon({ timestampEnd, streamClass });
  }

  /** Appends to a metadata file. */
  appendMetadata(content: Uint8Array, padding: number): Result<void, string> {
    if (!this.isMetadata) return fail('is not a metadata stream');
    const file = this.#files?.current;
    if (file === undefined) return fail('has left its last trace chunk');
    const begun = file.beginPacket(content.byteLength + padding);
    const stored = begun.ok ? file.append(content) : begun;
    const padded = stored.ok ? file.pad(padding) : stored;
    return padded.ok ? ok(undefined) : fail(osErrorText(padded.error));
  }

  /** The metadata comes again from its beginning. */
  resetMetadata(): Result<void, string> {
    if (!this.isMetadata) return fail('is not a metadata stream');
    const truncated = this.#files?.current.truncate(0) ?? ok(undefined);
    return truncated.ok ? ok(undefined) : fail(osErrorText(truncated.error));
  }

  /** From this packet on the stream writes into `place`; metadata does at once. */
  rotate(sequence: bigint, place: Place | undefined): Result<void, string> {
    if (this.#rotation !== undefined) return fail('a rotation of the stream is not complete');
    place?.hold();
    this.#rotation = { sequence, place };
    const trouble = this.#settle();
    // LTTng counts empty packets that it does not send; only the close of the stream says which was the last one.
    if (this.#rotation !== undefined && place === undefined) this.#files?.leave();
    return trouble === undefined ? ok(undefined) : fail(trouble);
  }

  /** Closes the stream after this packet. */
  close(lastSequence: bigint): void {
    this.#last = lastSequence;
    this.#settle();
  }

  /** Closes the stream now. */
  abandon(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.log.close();
    this.#isGivenUp ||= this.#arriving !== undefined;
    this.#arriving = undefined;
    this.#files?.close();
    this.#files = undefined;
    this.#rotation?.place?.release();
    this.#rotation = undefined;
    this.#packets.clear();
    this.#options.onClosed();
    this.log.release();
  }

  /** Performs a rotation and the end that are due between two packets. */
  #settle(): string | undefined {
    if (this.#rotation !== undefined && this.#isRotationDue(this.#rotation.sequence)) {
      const { sequence, place } = this.#rotation;
      this.#rotation = undefined;
      const trouble = this.#moveTo(place, sequence);
      place?.release();
      if (trouble !== undefined) return trouble;
    }
    const isLast = this.#last !== undefined && !this.isPending(this.#last);
    if (isLast || (this.#last !== undefined && this.isMetadata)) this.abandon();
    return undefined;
  }

  #isRotationDue(sequence: bigint): boolean {
    if (this.isMetadata || sequence < this.#next) return true;
    return sequence === this.#next && this.#arriving === undefined;
  }

  #moveTo(place: Place | undefined, sequence: bigint): string | undefined {
    const moving = this.isMetadata ? [] : this.#packets.from(sequence);
    const missing = this.isMetadata ? 0n : this.#next - sequence - BigInt(moving.length);
    if (missing > 0n) return 'the packets to move into the next trace chunk are not known any more';
    if (moving.length > 0 && place === undefined)
      return 'packets arrived after the last trace chunk';
    const { createFile, bounds } = this.#options;
    const before = this.#files;
    const created = place === undefined ? undefined : StreamFiles.create(createFile, place, bounds);
    if (created?.ok === false) return osErrorText(created.error);
    this.#files = created?.value;
    for (const { index, file } of moving) if (index !== undefined) this.log.withdraw(file);
    this.log.beginChunk();
    if (this.isMetadata) this.log.metadata = created?.value.current ?? this.log.metadata;
    const moved = created === undefined ? ok(undefined) : this.#movePackets(moving, created.value);
    if (!moved.ok) this.#giveUpUnmoved();
    before?.close();
    return moved.ok ? undefined : osErrorText(moved.error);
  }

  /** The packet that is arriving could not move: its file closes with the chunk before. */
  #giveUpUnmoved(): void {
    if (this.#arriving === undefined || this.#arriving.packet.file === this.#files?.current) return;
    this.abortPacket();
    this.#isGivenUp = true;
  }

  #movePackets(moving: readonly RememberedPacket[], into: StreamFiles): OsResult<void> {
    const left: Left[] = [];
    for (const packet of moving) {
      const { file, offset, place, index } = packet;
      const target = into.fileFor(packet.byteLength);
      if (!target.ok) return target;
      const begin = target.value.byteLength;
      const begun = target.value.beginPacket(packet.byteLength);
      if (!begun.ok) return begun;
      const { byteLength } = packet === this.#arriving?.packet ? this.#arriving : packet;
      const copied = file.copy(offset, byteLength, (bytes) => target.value.append(bytes));
      if (!copied.ok) return copied;
      if (index === undefined) {
        into.place.hold();
        place.release();
      } else {
        const written = target.value.appendIndex(indexEntry(begin, index));
        if (!written.ok) return written;
        this.log.append(target.value);
      }
      packet.file = target.value;
      packet.place = into.place;
      packet.offset = begin;
      left.push({ file, offset, hasIndex: index !== undefined });
    }
    return cutOld(left);
  }

  #writeIndex(packet: RememberedPacket, request: SendIndexRequest): OsResult<void> {
    const written = packet.file.appendIndex(indexEntry(packet.offset, request));
    this.#packets.setIndex(packet, request);
    if (written.ok) this.log.append(packet.file);
    return written;
  }

  /** A packet that cannot be stored is taken back. */
  #stored(outcome: OsResult<void>): string | undefined {
    if (outcome.ok) return undefined;
    this.abortPacket();
    return osErrorText(outcome.error);
  }
}

/** What a packet that moved left behind in the file of the chunk before. */
interface Left {
  readonly file: Tracefile;
  readonly offset: number;
  readonly hasIndex: boolean;
}

function cutOld(left: readonly Left[]): OsResult<void> {
  for (const file of new Set(left.map((one) => one.file))) {
    const inFile = left.filter((one) => one.file === file);
    const entries = inFile.filter((one) => one.hasIndex).length;
    const shortened = file.shortenIndex(entries * INDEX_ENTRY_BYTES);
    const cut = shortened.ok
      ? file.truncate(Math.min(...inFile.map((one) => one.offset)))
      : shortened;
    if (!cut.ok) return cut;
  }
  return ok(undefined);
}
