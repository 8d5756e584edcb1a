/** Opens recorders: attaches the memory of a stream, and keeps the recorder of its present output. */
import { fail, ok, type Result } from '../base/result.ts';
import type { OsError, OsErrorCode } from '../port/os-error.ts';
import type { ConsumerPosition } from '../ring/progress.ts';
import { attachReader } from '../ring/reader.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { held, lost, type Recorded, written } from './recording-error.ts';
import type { Sink, StoredListener } from './sink.ts';
import {
  type LeftOutput,
  NO_OUTPUT,
  Recorder,
  type RecorderParts,
  type RecorderWorld,
  type Scrutiny,
} from './stream-recorder.ts';

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
  /** Key of the stream's output, of whichever consumer; undefined: it has none, as far as this consumer knows. */
  readonly key: bigint | undefined;
  /** From now on `drain` writes nothing; the sink can still store what it has taken. */
  hold(): void;
  /**
   * Writes what is not stored to this sink; undefined: nowhere. What it wrote so far stays where it is.
   */
  changeTo(sink: Sink | undefined): Recorded;
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

function notAttached(error: OsError): Recorded<never> {
  if (!LASTING.has(error.code)) return written(fail(error));
  return lost(`cannot attach segment ${error.subject} (${error.code})`);
}

/**
 * Attaches a stream that another process may consume: copies its packets without consuming them (R1.23), all into one
 * file.
 */
export function openSnapshotRecorder(
  world: RecorderWorld,
  sink: Sink,
  stream: ConsumerStream,
): Result<Recorder, string> {
  const data = world.memory.attachReadable(stream.dataSegment);
  if (!data.ok) return fail(`cannot attach segment ${stream.dataSegment.id} (${data.error.code})`);
  const detach = (): void => data.value.detach();
  const reader = attachReader(data.value, null);
  if (!reader.ok) {
    detach();
    return fail(reader.error);
  }
  const memory = { data: data.value, position: null, detach };
  const onLeft = (): void => undefined;
  const { tracefiles: _, ...copied } = stream;
  const parts = { world, sink, stream: copied, onLeft, onStored: onLeft, memory };
  return ok(new Recorder(parts, reader.value));
}
