/**
 * Copies what the buffers of a session hold into a trace of its own (R1.23).
 *
 * The trace is made beside its place, in a directory that no other process uses while we live, made durable, and takes
 * its name at last: a directory of that name is a whole snapshot, whatever happened. Streams are attached as soon as
 * they are named, since they may be removed after that, and copied one by one; the oldest part of a stream that is
 * written fast may be gone by then, which its numbers say.
 */
import { parentOf } from '../base/path.ts';
import { UNFINISHED } from '../ctf/trace-directory.ts';
import type { OsError } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { removeTree, syncTree } from './directory-tree.ts';
import { FileSink, type TracerVersion } from './file-sink.ts';
import type { Sink } from './sink.ts';
import { openSnapshotRecorder, type StreamRecorder, streamFields } from './stream-recorder.ts';

/** `lost`: streams that could not be read. Without any event there is no trace, and `bytes` is 0. */
export interface SnapshotSummary {
  readonly streams: number;
  readonly lost: number;
  readonly bytes: number;
}

/** How a copy ends: one of these, once, unless it is abandoned. */
export interface SnapshotOutcomes {
  readonly written: (summary: SnapshotSummary) => void;
  readonly failed: (error: OsError) => void;
}

export class SnapshotCopier {
  readonly #world: World;
  readonly #output: string;
  /** Where the trace is made: it is looked for now and made later, and others may want the same place. */
  readonly #unfinished: string;
  readonly #sink: Sink;
  readonly #outcomes: SnapshotOutcomes;
  readonly #recorders: StreamRecorder[] = [];
  #lost = 0;
  #isAbandoned = false;

  constructor(
    world: World,
    output: string,
    sessionName: string,
    version: TracerVersion,
    outcomes: SnapshotOutcomes,
  ) {
    this.#world = world;
    this.#output = output;
    this.#unfinished = `${output}.${world.identity.pid}${UNFINISHED}`;
    this.#sink = FileSink.forSession(world, this.#unfinished, sessionName, version);
    this.#outcomes = outcomes;
  }

  attach(stream: ConsumerStream): void {
    const recorder = openSnapshotRecorder(this.#world, this.#sink, stream);
    if (recorder.ok) this.#recorders.push(recorder.value);
    else this.#lose(stream, recorder.error);
  }

  /** Copies what all attached streams hold. */
  copy(): void {
    if (!this.#world.files.info(this.#unfinished).ok) {
      this.#copyFrom(0);
      return;
    }
    // Left by a process of our id that was killed: it is not ours to add to.
    this.#outcomes.failed({
      code: 'EEXIST',
      call: 'files.makeDirectory',
      subject: this.#unfinished,
    });
  }

  /** Takes back what is not complete. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#closeAll();
    const removed = removeTree(this.#world.files, this.#unfinished);
    // Nothing was written yet.
    if (removed.ok || removed.error.code === 'ENOENT') return;
    const { code, subject } = removed.error;
    this.#world.log('snapshot.removeFailed', {
      path: subject,
      code,
    });
  }

  /** One stream after the other, so that signals are heard in between. */
  #copyFrom(index: number): void {
    if (this.#isAbandoned) return;
    const recorder = this.#recorders[index];
    if (recorder === undefined) {
      this.#finish();
      return;
    }
    const copied = recorder.drain(true);
    if (!copied.ok) {
      const { error } = copied;
      if (error.kind === 'write') {
        this.#giveUp(error.error);
        return;
      }
      this.#lose(recorder.stream, error.reason);
    }
    this.#world.clock.setTimer(0, () => this.#copyFrom(index + 1));
  }

  #finish(): void {
    const { files } = this.#world;
    const streams = this.#recorders.length;
    const lost = this.#lost;
    this.#closeAll();
    const found = files.info(this.#unfinished);
    if (!found.ok && found.error.code === 'ENOENT') {
      this.#outcomes.written({ streams, lost, bytes: 0 });
      return;
    }
    const synced = found.ok ? syncTree(files, this.#unfinished) : found;
    const named = synced.ok ? files.rename(this.#unfinished, this.#output) : synced;
    const kept = named.ok ? files.syncDirectory(parentOf(this.#output)) : named;
    if (synced.ok && kept.ok) this.#outcomes.written({ streams, lost, bytes: synced.value });
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

  /** Not one by one: streams of one process share a trace. */
  #closeAll(): void {
    for (const recorder of this.#recorders.splice(0)) recorder.close();
  }
}
