/**
 * The destination of a consumer's packets, as the stream recorder uses it.
 *
 * A consumer may die at any moment, and the next one continues in the same output. The sink defines the two values
 * that make this possible: a *key*, kept in the stream's position segment, names the output; a *position* is the amount
 * of the stream that the output holds. The recorder stores positions in its checkpoints (`../ring/progress.ts`) and
 * only compares them: a file counts bytes, another sink may count packets.
 *
 * The recorder releases a packet in the buffers when the sink has *stored* it; from then on the sink is responsible for
 * the packet. A file stores at once: `append` says so. A network sink *takes* the packet: `append` says that, and the
 * sink tells its listener when the other end has acknowledged it, in the order of the packets. Until then the packet
 * stays in the buffers, and the recorder offers those behind it as long as the sink has room. A sink refuses a packet
 * that it cannot store at the moment: the packet is offered again, possibly longer.
 */
import type { PacketHeader } from '../ctf/packet.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { LinkOutcome } from '../wire/control/outcomes.ts';
import type { Recorded } from './recording-error.ts';

export interface Sink {
  /**
   * Present: others follow the streams. Outputs are opened with their streams, before an event, and a stream that rests
   * says so.
   */
  readonly isLive?: boolean;
  /** Earlier consumers wrote into another sink: what this one lacks is not gone. */
  readonly isApart: boolean;
  /** Names the output for a stream that has none; never 0. Creates nothing: another consumer may choose first. */
  keyFor(stream: ConsumerStream): bigint;
  /** Names another output for a stream that cannot continue in its own. */
  anotherKeyFor(stream: ConsumerStream): bigint;
  /** Whether the key can name an output of this sink. If not, it names one elsewhere, which is whole. */
  names?(stream: ConsumerStream, key: bigint): boolean;
  /**
   * Opens or creates the output of this key. `strange`: the key names no output, or one of another stream. A sink that
   * takes packets and stores them later calls `onStored`.
   */
  open(
    stream: ConsumerStream,
    key: bigint,
    onStored: StoredListener,
    reached: Reached,
  ): Recorded<StreamOutput>;
  /** Present for a sink whose other end stores the packets. */
  readonly link?: SinkLink;
}

/** The connection of a sink to its other end. Once it is lost, the sink takes and stores nothing any more. */
export interface SinkLink {
  readonly outcome: LinkOutcome;
  /** Ends the link after its outputs are closed; what is queued still arrives. */
  close(): void;
  /** Loses the link now, for this reason; nothing that is queued arrives. It may call listeners. */
  giveUp(reason: string): void;
}

/**
 * The sink has stored the oldest `packets` that it had taken; 0: only the outcome of `room` is another one. The sink
 * calls it later, never from inside one of its own calls, and never after the output was closed.
 */
export type StoredListener = (packets: number) => void;

/** Positions at which an earlier consumer left the output; 0: it had no packet there. */
export interface Reached {
  /** After the last packet that it was about to append. */
  readonly announced: number;
  /** After the last packet that it knew to be stored. */
  readonly stored: number;
}

/** A packet of the trace format: the values of its header, the header itself, and the records. */
export interface SinkPacket {
  readonly values: PacketHeader;
  readonly header: Uint8Array;
  /** Events in `body`. */
  readonly events: number;
  /** Valid during the call only. */
  readonly body: Uint8Array;
}

/**
 * Whether a sink still has what it stored. `gone`: others removed or shortened it; `moved`: it is whole, but the trace
 * does not contain it any more.
 */
export type Standing = 'here' | 'moved' | 'gone';

/**
 * One stream in a sink. Call `resumeAt` once; then, for each packet, `room`, `declare` (its classes), `prepare` and
 * `append`.
 */
export interface StreamOutput {
  /** The trace's UUID in packet headers, 16 bytes. */
  readonly traceUuid: Uint8Array;
  /** How many classes of the stream an earlier consumer declared; undefined: it did not declare the stream. */
  readonly declaredClasses: number | undefined;
  /** Where the stream ends in the sink: a safe integer that grows with each packet; 0: the sink has no packet. */
  readonly position: number;
  /** Names the output in the log. */
  readonly name: string;
  /** Whether the sink still has the stored packets; a thorough look, which takes longer, finds everything else. */
  standing(isThorough: boolean): Recorded<Standing>;
  /** Discards data after `position`: an incomplete packet. `strange`: the output belongs to another stream. */
  resumeAt(position: number): Recorded;
  /** Whether the sink takes a packet now; if not, it calls its listener when it does. An error: it never does again. */
  room(): Recorded<boolean>;
  /** Appends metadata, whole or not at all. */
  declare(text: string): Recorded;
  /** Discards the remains of an earlier attempt; returns the position after these packets. */
  prepare(packets: readonly SinkPacket[]): Recorded<number>;
  /** Appends a packet (the first one after the stream's opening packet), whole or not at all. */
  append(packets: readonly SinkPacket[]): Recorded<'stored' | 'taken'>;
  /**
   * Of a live sink: there will be no event before `until`, which is later than the end of the last packet. False: the
   * sink does not say so, because packets are on their way.
   */
  rest?(until: bigint): boolean;
  /** Of a live sink: its viewers learn something only with a packet of this stream, also if that has no event. */
  readonly hasNews?: boolean;
  /** Closes the output; removes that of a stream without packets. */
  close(): void;
}
