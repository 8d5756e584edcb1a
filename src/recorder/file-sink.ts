/**
 * Writes packets into files: a CTF trace for each traced process, or user whose processes share buffers, or the kernel.
 * Its streams share the trace unless two have the same number or file. The key of an output is the key of its trace,
 * and its position is the length of the stream's file.
 */
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import type { RecordedSession } from '../wire/common.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { ownTraces } from './chunk-archive.ts';
import { machineClock } from './machine-clock.ts';
import { ProcessTrace, type RecordingSite, type TraceWorld } from './process-trace.ts';
import { type Recorded, strange } from './recording-error.ts';
import { renewMetadata } from './renewed-metadata.ts';
import type { Reached, Sink, StoredListener } from './sink.ts';
import { StreamFile } from './stream-file.ts';
import { TakenStreams } from './taken-streams.ts';
import { isProcess, isSameOwner, type TraceOwner } from './trace-beginning.ts';

/** The version of this program in the environment of the traces. */
export interface TracerVersion {
  readonly major: number;
  readonly minor: number;
}

/** A trace that at least one stream is written to at the moment, or that is not of a process. */
interface Shared {
  readonly trace: ProcessTrace;
  users: number;
  /** Present and earlier streams. */
  readonly taken: TakenStreams;
}

export class FileSink implements Sink {
  readonly isApart: boolean;
  readonly #world: TraceWorld;
  #site: RecordingSite;
  readonly #onAppended: (bytes: number) => void;
  #shared: Shared[] = [];
  /** Keys of traces that were in the directory. */
  readonly #moved = new Set<bigint>();

  /** `onAppended` learns of the bytes of packets. */
  constructor(
    world: TraceWorld,
    site: RecordingSite,
    onAppended: (bytes: number) => void = () => undefined,
  ) {
    this.#onAppended = onAppended;
    this.#world = world;
    this.#site = site;
    this.isApart = site.isApart ?? false;
  }

  /** The sink for a session of this machine, with its trace clock. */
  static forSession(
    world: World,
    output: string,
    session: RecordedSession,
    version: TracerVersion,
    isApart = false,
    onAppended?: (bytes: number) => void,
  ): FileSink {
    const { offsetNs, uuid } = machineClock(world);
    const site = {
      output,
      session,
      clockOffsetNs: offsetNs,
      clockUuid: uuid,
      tracerMajor: version.major,
      tracerMinor: version.minor,
      isApart,
    };
    return new FileSink(world, site, onAppended);
  }

  keyFor(stream: ConsumerStream): bigint {
    const known = this.#shared.findLast(
      ({ trace, taken }) => isSameOwner(trace.owner, stream) && !taken.has(stream),
    );
    return known?.trace.key ?? this.anotherKeyFor(stream);
  }

  anotherKeyFor(stream: ConsumerStream): bigint {
    const isTaken = (key: bigint): boolean =>
      this.#moved.has(key) ||
      this.#shared.some(({ trace }) => trace.key === key && isSameOwner(trace.owner, stream));
    return ProcessTrace.fresh(this.#world, this.#site, stream, isTaken).key;
  }

  names(stream: ConsumerStream, key: bigint): boolean {
    return (
      !this.#moved.has(key) && ProcessTrace.at(this.#world, this.#site, stream, key) !== undefined
    );
  }

  /** A rotation has moved or removed the traces of these keys: streams do not go on in what has their place. */
  noteMoved(keys: readonly bigint[]): void {
    for (const key of keys) this.#moved.add(key);
  }

  /**
   * The session's traces in the directory have this offset of their clock, also those that were written before, and
   * so have later ones. After an error some may have the earlier one. EAGAIN: another consumer writes one of them.
   */
  renewClock(clockOffsetNs: bigint): OsResult<void> {
    this.#site = { ...this.#site, clockOffsetNs };
    const { output, session } = this.#site;
    const { files } = this.#world;
    const open = this.#shared.map(({ trace }) => trace).filter(({ isOpen }) => isOpen);
    const outcomes = open.map((trace) => trace.renewClock(clockOffsetNs));
    const traces = ownTraces(files, { output, sessionUuid: session.uuid });
    if (!traces.ok) return traces;
    for (const name of traces.value) {
      const directory = `${output}/${name}`;
      if (open.some((trace) => trace.directory === directory)) continue;
      outcomes.push(renewMetadata(files, directory, clockOffsetNs));
    }
    return outcomes.find(({ ok: isDone }) => !isDone) ?? ok(undefined);
  }

  open(
    stream: ConsumerStream,
    key: bigint,
    _onStored: StoredListener,
    reached: Reached,
  ): Recorded<StreamFile> {
    const shared = this.#sharedAt(stream, key);
    if (shared === undefined) return strange(`no trace has the key ${key}`);
    shared.users += 1;
    shared.taken.add(stream);
    const file = StreamFile.open(this.#world.files, shared.trace, stream, reached, {
      appended: this.#onAppended,
      closed: () => this.#leave(shared),
    });
    if (!file.ok) this.#leave(shared);
    return file;
  }

  /** Undefined when the key is invalid. */
  #sharedAt(owner: TraceOwner, key: bigint): Shared | undefined {
    const known = this.#shared.find(
      ({ trace }) => trace.key === key && isSameOwner(trace.owner, owner),
    );
    if (known !== undefined) return known;
    const trace = ProcessTrace.at(this.#world, this.#site, owner, key);
    if (trace === undefined) return undefined;
    const shared = { trace, users: 0, taken: new TakenStreams() };
    this.#shared.push(shared);
    return shared;
  }

  /** Removes a stream from the trace; the last stream closes the trace. */
  #leave(shared: Shared): void {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.trace.close();
    // Later streams of a user or of the kernel go on in the trace.
    if (!isProcess(shared.trace.owner)) return;
    this.#shared = this.#shared.filter((other) => other !== shared);
  }
}
