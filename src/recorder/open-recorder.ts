/** Opens recorders: attaches the memory of a stream, and keeps the recorder of its present output. */
import { fail, ok, type Result } from '../base/result.ts';
import { PACKET_HEADER_BYTES } from '../ctf/packet.ts';
import type { OsError, OsErrorCode } from '../port/os-error.ts';
import type { SegmentRef } from '../port/shared-memory.ts';
import { clearedIn } from '../ring/cleared.ts';
import { attachNewestReader, type NewestReader } from '../ring/newest-reader.ts';
import type { Checkpoint, ConsumerPosition } from '../ring/progress.ts';
import { attachReader } from '../ring/reader.ts';
import { contentOf } from '../ring/unread.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { LeftOutput, RecorderParts, RecorderWorld, Scrutiny } from './recorder-parts.ts';
import { held, lost, type Recorded, written } from './recording-error.ts';
import type { Sink, StoredListener } from './sink.ts';
import { NO_OUTPUT, Recorder } from './stream-recorder.ts';

/** Another consumer has taken the stream, and this one has no registry that lets it take the stream back. */
const TAKEN: OsError = { code: 'EAGAIN', call: 'recorder', subject: 'stream' };

export interface StreamRecorder {
  readonly stream: ConsumerStream;
  /** Writes what is in the buffers, see {@link Recorder.drain}; true where there is nothing to write. */
  drain(flush: boolean, scrutiny?: Scrutiny): Recorded<boolean>;
  /** Packets that the sink has taken and not stored yet. */
  readonly unconfirmed: number;
  /** Another consumer has claimed the stream, and writes it to an output of its own. */
  readonly isTaken: boolean;
  /** How often it has attached the data segment, at least once. */
  readonly ownAttachments: number;
  /** Key of the stream's output, of whichever consumer; undefined: it has none, as far as this consumer knows. */
  readonly key: bigint | undefined;
  /** From now on `drain` writes nothing; the sink can still store what it has taken. */
  hold(): void;
  /**
   * Writes what is not stored to this sink; undefined: nowhere. What it wrote so far stays where it is.
   */
  changeTo(sink: Sink | undefined): Recorded;
  /** What is stored so far was removed: snapshots begin after it. */
  markCleared(): void;
  close(): void;
}

/**
 * A recorder that attaches the stream's segments in its first `drain`; after a failure the next `drain` retries. While
 * it is not entitled, it leaves the stream alone when another consumer has taken it.
 */
export function openStreamRecorder(
  world: RecorderWorld,
  firstSink: Sink | undefined,
  stream: ConsumerStream,
  onLeft: (left: LeftOutput) => void = () => undefined,
  onStored: StoredListener = () => undefined,
  isEntitled: () => boolean = () => true,
): StreamRecorder {
  let recorder: Recorder | undefined;
  let position: ConsumerPosition | null = null;
  let sink = firstSink;
  let isHeld = false;
  const become = (next: Recorded<Recorder>): Recorded<Recorder> => {
    if (next.ok) recorder = next.value;
    return next;
  };
  const attached = (): Recorded<Recorder> => {
    const made = attach({ world, sink, stream, onLeft, onStored });
    if (made.ok) ({ position } = made.value);
    return made.ok ? ok(made.value.recorder) : made;
  };
  return {
    stream,
    ownAttachments: 1,
    get unconfirmed() {
      return recorder?.unconfirmed ?? 0;
    },
    get isTaken() {
      return recorder?.isTaken === true;
    },
    drain: (flush, scrutiny = 'sometimes') => {
      const present = recorder === undefined ? become(attached()) : ok(recorder);
      if (!present.ok) return present;
      if (isHeld || sink === undefined) return present.value.isDrained(flush);
      if (present.value.isTaken) {
        if (!isEntitled()) return held(TAKEN);
        const next = become(present.value.goOnAfterOther());
        return next.ok ? next.value.drain(flush) : next;
      }
      const standing = present.value.standing(scrutiny);
      if (!standing.ok) return standing;
      if (standing.value === 'here') return present.value.drain(flush);
      const next = become(present.value.leaveOutput(standing.value));
      return next.ok ? next.value.drain(flush) : next;
    },
    get key() {
      const output = position?.output ?? NO_OUTPUT;
      return output === NO_OUTPUT ? undefined : output;
    },
    hold: () => {
      isHeld = true;
    },
    changeTo: (next) => {
      sink = next;
      isHeld = false;
      if (recorder === undefined) return ok(undefined);
      const changed = become(recorder.changeTo(next));
      return changed.ok ? ok(undefined) : changed;
    },
    markCleared: () => recorder?.markCleared(),
    close: () => recorder?.close(),
  };
}

function attach(
  parts: Omit<RecorderParts, 'memory'>,
): Recorded<{ readonly recorder: Recorder; readonly position: ConsumerPosition | null }> {
  const { world, stream } = parts;
  const data = world.memory.attachReadable(stream.dataSegment);
  if (!data.ok) return notAttached(data.error);
  const position = world.memory.attachWritable(stream.positionSegment);
  const detach = (): void => {
    data.value.detach();
    if (position.ok) position.value.detach();
  };
  if (!position.ok) {
    detach();
    return notAttached(position.error);
  }
  const memory = { data: data.value, position: position.value, detach };
  const reader = attachReader(memory.data, memory.position);
  if (!reader.ok) {
    detach();
    return lost(reader.error);
  }
  const recorder = new Recorder({ ...parts, memory }, reader.value);
  return ok({ recorder, position: reader.value.position });
}

/** Permanent errors: the segment is gone, or belongs to another user. */
const LASTING: ReadonlySet<OsErrorCode> = new Set(['EIDRM', 'EACCES']);

/** The memory of a stream cannot be attached. */
export function notAttached(error: OsError): Recorded<never> {
  if (!LASTING.has(error.code)) return written(fail(error));
  return lost(`cannot attach segment ${error.subject} (${error.code})`);
}

/** A recorder of a snapshot. */
export interface SnapshotRecorder {
  readonly recorder: Recorder;
  /** Of a snapshot that may have only so many bytes. */
  readonly newest: NewestReader | undefined;
  /** Bytes that the packets have in the sink, about: the writer continues. */
  readonly bytes: number;
}

/**
 * Attaches a stream that another process may consume: copies its packets without consuming them (R1.23), from the last
 * `clear` on, all into one file. `isLimited`: the copy begins when the reader of the newest packets knows its limit.
 */
export function openSnapshotRecorder(
  world: RecorderWorld,
  sink: Sink,
  stream: ConsumerStream,
  isLimited: boolean,
): Result<SnapshotRecorder, string> {
  const from = clearedOf(world, stream);
  if (!from.ok) return from;
  const data = world.memory.attachReadable(stream.dataSegment);
  if (!data.ok) return notAttachedTo(stream.dataSegment, data.error);
  const detach = (): void => data.value.detach();
  const newest = isLimited ? attachNewestReader(data.value, from.value) : undefined;
  const reader = newest ?? attachReader(data.value, null, from.value);
  if (!reader.ok) {
    detach();
    return fail(reader.error);
  }
  const memory = { data: data.value, position: null, detach };
  const onLeft = (): void => undefined;
  const { tracefiles: _, ...copied } = stream;
  const parts = { world, sink, stream: copied, onLeft, onStored: onLeft, memory };
  const { bytes, subbuffers } = contentOf(data.value);
  return ok({
    recorder: new Recorder(parts, reader.value),
    newest: newest?.ok ? newest.value : undefined,
    bytes: bytes + subbuffers * PACKET_HEADER_BYTES,
  });
}

/** Where the snapshot begins. */
function clearedOf(
  { memory }: RecorderWorld,
  { positionSegment }: ConsumerStream,
): Result<Checkpoint, string> {
  const position = memory.attachReadable(positionSegment);
  if (!position.ok) return notAttachedTo(positionSegment, position.error);
  const from = clearedIn(position.value);
  position.value.detach();
  return ok(from);
}

function notAttachedTo({ id }: SegmentRef, { code }: OsError): Result<never, string> {
  return fail(`cannot attach segment ${id} (${code})`);
}
