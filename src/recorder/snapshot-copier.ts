/**
 * Copies the content of a session's buffers into a separate trace (R1.23).
 *
 * The copier writes the trace into a directory beside the requested one, which no other process uses while we live,
 * makes it durable, and renames it last: a directory of the requested name is always a whole snapshot. It attaches each
 * stream as soon as the registry names it, since its memory may be removed later, and copies the streams one by one. An
 * application may overwrite the oldest packets of a stream before the copy; a gap in the sequence numbers shows this.
 *
 * A snapshot may have a largest size, of all its packets together. Then the streams that hold least come first, and
 * each may take an equal part of what is left: what one does not need goes to those that hold more. The copier keeps
 * the newest packets of each stream, whole (`../ring/newest-reader.ts`).
 */
import { parentOf } from '../base/path.ts';
import { PACKET_HEADER_BYTES } from '../ctf/packet.ts';
import { UNFINISHED } from '../ctf/trace-directory.ts';
import type { OsError } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { type LeftOut, NOTHING_LEFT_OUT } from '../ring/newest-reader.ts';
import type { RecordedSession } from '../wire/common.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { removeTree, syncTree } from './directory-tree.ts';
import { FileSink, type TracerVersion } from './file-sink.ts';
import { openSnapshotRecorder, type SnapshotRecorder } from './open-recorder.ts';
import { streamFields } from './recording-error.ts';
import type { Sink } from './sink.ts';

/** What is copied, and where to. */
export interface SnapshotJob {
  readonly session: RecordedSession;
  /** The directory of the trace. */
  readonly output: string;
  /** Of all packets together; undefined: as many as there are. */
  readonly bytesMax?: number | undefined;
}

/** `lost`: streams that could not be read. A snapshot without any event makes no trace, and `bytes` is 0. */
export interface SnapshotSummary {
  readonly streams: number;
  readonly lost: number;
  readonly bytes: number;
  /** What the largest size has no room for. */
  readonly leftOut: LeftOut;
}

/** How a copy ends: the copier calls one of these once, unless the copy is abandoned. */
export interface SnapshotOutcomes {
  readonly written: (summary: SnapshotSummary) => void;
  readonly failed: (error: OsError) => void;
}

const OUTPUT_MODE = 0o700;

export class SnapshotCopier {
  readonly #world: World;
  readonly #output: string;
  /** Where the trace is written; the process id in its name keeps it apart from other snapshots of the same output. */
  readonly #unfinished: string;
  readonly #sink: Sink;
  readonly #outcomes: SnapshotOutcomes;
  /** Bytes that packets may still take. */
  #room: number | undefined;
  readonly #streams: SnapshotRecorder[] = [];
  /** What is at the path of the unfinished trace is ours. */
  #isBegun = false;
  #lost = 0;
  #leftOut = NOTHING_LEFT_OUT;
  #isAbandoned = false;

  constructor(
    world: World,
    { output, session, bytesMax }: SnapshotJob,
    version: TracerVersion,
    outcomes: SnapshotOutcomes,
  ) {
    this.#world = world;
    this.#output = output;
    this.#room = bytesMax;
    this.#unfinished = `${output}.${world.identity.pid}${UNFINISHED}`;
    this.#sink = FileSink.forSession(world, this.#unfinished, session, version);
    this.#outcomes = outcomes;
  }

  attach(stream: ConsumerStream): void {
    const isLimited = this.#room !== undefined;
    const opened = openSnapshotRecorder(this.#world, this.#sink, stream, isLimited);
    if (opened.ok) this.#streams.push(opened.value);
    else this.#lose(stream, opened.error);
  }

  /** Copies the content of all attached streams. */
  copy(): void {
    const { files } = this.#world;
    // For the life of this process, which makes one snapshot. Others may own the directory and its parents.
    const held = files.holdDirectory(parentOf(this.#output), OUTPUT_MODE);
    if (!held.ok) {
      this.#outcomes.failed(held.error);
      return;
    }
    if (!files.info(this.#unfinished).ok) {
      this.#isBegun = true;
      if (this.#room !== undefined) this.#streams.sort((one, other) => one.bytes - other.bytes);
      this.#copyFrom(0);
      return;
    }
    // A killed process with our id left this directory: we must not add to it.
    this.#outcomes.failed({
      code: 'EEXIST',
      call: 'files.makeDirectory',
      subject: this.#unfinished,
    });
  }

  /** Removes the incomplete trace. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#closeAll();
    if (!this.#isBegun) return;
    const removed = removeTree(this.#world.files, this.#unfinished);
    // ENOENT: nothing was written yet.
    if (removed.ok || removed.error.code === 'ENOENT') return;
    const { code, subject } = removed.error;
    this.#world.log('snapshot.removeFailed', {
      path: subject,
      code,
    });
  }

  /** Copies one stream per turn, so that the process handles signals in between. */
  #copyFrom(index: number): void {
    if (this.#isAbandoned) return;
    const stream = this.#streams[index];
    if (stream === undefined) {
      this.#finish();
      return;
    }
    const { recorder } = stream;
    this.#giveRoom(stream, this.#streams.length - index);
    const copied = recorder.drain(true);
    if (!copied.ok) {
      const { error } = copied;
      if (error.kind === 'write') {
        this.#giveUp(error.error);
        return;
      }
      this.#lose(recorder.stream, error.reason);
    }
    this.#takeRoom(stream);
    this.#world.clock.setTimer(0, () => this.#copyFrom(index + 1));
  }

  /** `left`: this stream, and those that come after it. */
  #giveRoom({ newest }: SnapshotRecorder, left: number): void {
    if (this.#room === undefined) return;
    // A stream begins with an empty packet.
    const bytes = Math.floor(this.#room / left) - PACKET_HEADER_BYTES;
    newest?.limit({ bytes, bytesPerPacket: PACKET_HEADER_BYTES });
  }

  #takeRoom({ newest }: SnapshotRecorder): void {
    if (this.#room === undefined || newest === undefined) return;
    const { keptBytes, leftOut } = newest;
    if (keptBytes > 0) this.#room -= keptBytes + PACKET_HEADER_BYTES;
    this.#leftOut = {
      packets: this.#leftOut.packets + leftOut.packets,
      events: this.#leftOut.events + leftOut.events,
    };
  }

  #finish(): void {
    const { files } = this.#world;
    const counts = { streams: this.#streams.length, lost: this.#lost, leftOut: this.#leftOut };
    this.#closeAll();
    const found = files.info(this.#unfinished);
    if (!found.ok && found.error.code === 'ENOENT') {
      this.#outcomes.written({ ...counts, bytes: 0 });
      return;
    }
    const synced = found.ok ? syncTree(files, this.#unfinished) : found;
    const named = synced.ok ? files.rename(this.#unfinished, this.#output) : synced;
    const kept = named.ok ? files.syncDirectory(parentOf(this.#output)) : named;
    if (synced.ok && kept.ok) this.#outcomes.written({ ...counts, bytes: synced.value });
    else if (!kept.ok) this.#giveUp(kept.error);
  }

  #giveUp(error: OsError): void {
    this.abandon();
    this.#outcomes.failed(error);
  }

  #lose(stream: ConsumerStream, reason: string): void {
    this.#lost += 1;
    this.#world.log('stream.unreadable', streamFields(stream, reason));
  }

  /** Closes all recorders together, because streams of one process share a trace. */
  #closeAll(): void {
    for (const { recorder } of this.#streams.splice(0)) recorder.close();
  }
}
