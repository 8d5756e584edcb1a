/**
 * The CTF trace of one traced process: a directory with its `metadata` and the files of its streams.
 *
 * A process has a trace of its own, because everything but the packet headers comes from its memory: a damaged or
 * hostile one spoils its own trace and no other. The directory is made with the first event.
 */
import { ok } from '../base/result.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import { uuidToBytes } from '../base/uuid.ts';
import { traceMetadata } from '../ctf/metadata.ts';
import type { Files, OsResult, World } from '../port/world.ts';
import { Appender } from './appender.ts';
import { directoryTime } from './names.ts';

/** What all traces of one consumer share. */
export interface RecordingSite {
  readonly output: string;
  readonly sessionName: string;
  /** CLOCK_REALTIME minus CLOCK_MONOTONIC, the same for all traces, so that they merge well. */
  readonly clockOffsetNs: bigint;
  readonly clockUuid: string;
  readonly tracerMajor: number;
  readonly tracerMinor: number;
}

export interface TracedProcess {
  readonly pid: number;
  readonly processName: string;
}

const DIRECTORY_MODE = 0o700;
const TRACE_FILE_MODE = 0o600;
/** How many directories of one name are tried. */
const DIRECTORY_ATTEMPTS_MAX = 100;
const NAME_CHARACTERS_MAX = 64;

/** What a trace asks of the machine. */
export interface TraceWorld {
  readonly files: Files;
  readonly clock: Pick<World['clock'], 'realtimeNs'>;
  readonly identity: Pick<World['identity'], 'hostname'>;
  readonly random: Pick<World['random'], 'uuid'>;
}

export class ProcessTrace {
  readonly #world: TraceWorld;
  readonly #site: RecordingSite;
  readonly #process: TracedProcess;
  #uuidBytes: Uint8Array = new Uint8Array(0);
  #directory = '';
  #metadata: Appender | undefined;

  constructor(world: TraceWorld, site: RecordingSite, process: TracedProcess) {
    this.#world = world;
    this.#site = site;
    this.#process = process;
  }

  /** The trace's UUID, 16 bytes, once something was written. */
  get uuidBytes(): Uint8Array {
    return this.#uuidBytes;
  }

  /** Appends declarations, whole or not at all; the first ones make the directory. */
  declare(text: string): OsResult<void> {
    if (this.#metadata === undefined) return this.#begin(text);
    return this.#metadata.append([encodeUtf8(text)]);
  }

  /** Makes a stream's file. Only after {@link declare}. */
  createFile(name: string): OsResult<Appender> {
    return Appender.create(this.#world.files, `${this.#directory}/${name}`, TRACE_FILE_MODE);
  }

  close(): void {
    this.#metadata?.close();
    this.#metadata = undefined;
  }

  /** Metadata takes its name when it can be read: what a consumer that was killed left before that is no trace. */
  #begin(declarations: string): OsResult<void> {
    const { files, clock, identity, random } = this.#world;
    const { sessionName, clockOffsetNs, clockUuid, tracerMajor, tracerMinor } = this.#site;
    const creationTimeNs = clock.realtimeNs();
    const directory = this.#makeDirectory(creationTimeNs);
    if (!directory.ok) return directory;
    const path = `${directory.value}/metadata`;
    const fresh = `${path}.new`;
    const metadata = Appender.create(files, fresh, TRACE_FILE_MODE);
    if (!metadata.ok) return metadata;
    const uuid = random.uuid('trace');
    const text = traceMetadata({
      uuid,
      hostname: identity.hostname,
      domain: 'ust',
      processName: this.#process.processName,
      pid: this.#process.pid,
      tracerName: 'lttng-ts',
      tracerMajor,
      tracerMinor,
      sessionName,
      creationTimeNs,
      clockUuid,
      clockOffsetNs,
    });
    const written = metadata.value.append([encodeUtf8(text + declarations)]);
    const begun = written.ok ? files.rename(fresh, path) : written;
    if (!begun.ok) {
      // Nothing of a trace that cannot begin stays; it begins anew when there is room.
      metadata.value.close();
      files.remove(fresh);
      files.remove(directory.value);
      return begun;
    }
    this.#uuidBytes = uuidToBytes(uuid);
    this.#directory = directory.value;
    this.#metadata = metadata.value;
    return ok(undefined);
  }

  /** `OUT/ust/pid/NAME-PID-TIME`, with a number behind it when a process of that name and id was there before. */
  #makeDirectory(nowNs: bigint): OsResult<string> {
    const { files } = this.#world;
    const parent = `${this.#site.output}/ust/pid`;
    const made = files.makeDirectory(parent, DIRECTORY_MODE);
    if (!made.ok) return made;
    const name = this.#process.processName.replace(/[^A-Za-z0-9_.-]/g, '_');
    const base = `${parent}/${name.slice(0, NAME_CHARACTERS_MAX)}-${this.#process.pid}-${directoryTime(nowNs)}`;
    let path = base;
    for (let attempt = 1; attempt < DIRECTORY_ATTEMPTS_MAX && files.info(path).ok; attempt++) {
      path = `${base}-${attempt}`;
    }
    const own = files.makeDirectory(path, DIRECTORY_MODE);
    return own.ok ? ok(path) : own;
  }
}
