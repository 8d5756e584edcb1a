/**
 * Where the packets of a consumer go, as the stream recorder sees it.
 *
 * A consumer may die at any moment, and the next one continues in the same output. Two things make that possible, and
 * both are the sink's: a *key*, kept in the stream's position segment, names the output; a *position* says how much
 * of the stream is in it. The recorder keeps positions in its checkpoints (`../ring/progress.ts`), compares them, and
 * knows nothing else about them: a file counts bytes, another sink may count packets.
 *
 * The recorder passes a packet in the buffers as soon as `append` has answered ok, so the sink answers for the packet
 * from then on. A sink that learns later whether a packet has arrived (acknowledgements of a network) must keep it
 * until then outside of this process, and its position is that of what it keeps. What it cannot take at the moment
 * it refuses: the packet stays in the buffers and is offered again, longer perhaps.
 */
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { Recorded } from './recording-error.ts';

export interface Sink {
  /** Names the output for a stream that has none, never 0. Makes nothing: another consumer may choose first. */
  keyFor(stream: ConsumerStream): bigint;
  /** Names an output for a stream that cannot continue where it was. */
  anotherKeyFor(stream: ConsumerStream): bigint;
  /** Opens the output of this key, or makes it. `strange`: the key names no output, or not one for this stream. */
  open(stream: ConsumerStream, key: bigint): Recorded<StreamOutput>;
}

/** One stream in a sink. First `resumeAt`, once; then, for each packet, `declare` its classes, `prepare`, `append`. */
export interface StreamOutput {
  /** Of the trace, 16 bytes, as packet headers name it. */
  readonly traceUuid: Uint8Array;
  /** Classes of the stream that an earlier consumer declared; undefined: not even the stream was. */
  readonly declaredClasses: number | undefined;
  /** Where the stream ends in the sink: a safe integer that grows with each packet; 0: nothing is there. */
  readonly position: number;
  /** Takes back what is behind `position`: a packet that did not arrive as a whole. `strange`: it is not our stream. */
  resumeAt(position: number): Recorded;
  /** Adds metadata, whole or not at all. */
  declare(text: string): Recorded;
  /** Takes back what an earlier attempt left, and answers the position behind the next packet, of so many bytes. */
  prepare(byteLength: number): Recorded<number>;
  /** Adds a packet (the first one behind the stream's opening packet), whole or not at all. */
  append(parts: readonly Uint8Array[]): Recorded;
  /** Leaves nothing of a stream that has no packet. */
  close(): void;
}
