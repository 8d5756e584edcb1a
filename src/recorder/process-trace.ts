/**
 * The CTF trace of one traced process, of all processes of a user, or of the kernel: a directory with its `metadata`
 * and the files of its streams.
 *
 * Each process has its own trace, because everything except the packet headers comes from its memory: a damaged or
 * hostile process spoils only its own trace. Where the processes of a user share buffers (R1.27), each user has its own
 * trace, for the same reason. The first event creates the directory. The trace has a key, by which a later consumer
 * finds the directory again. The consumer that writes a trace holds the lock of its metadata, so that no two consumers
 * write it: the next consumer waits until the previous one is dead.
 */
import { assert } from '../base/assert.ts';
import { fnv1a } from '../base/fnv.ts';
import { ok } from '../base/result.ts';
import { NS_PER_SECOND_BIGINT } from '../base/time.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import { BUFFERING_ID, SESSION_UUID, TRACE_KEY } from '../ctf/trace-directory.ts';
import type { Files } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { Appender } from './appender.ts';
import { readExistingMetadata } from './existing-metadata.ts';
import { held, type Recorded, strange, written } from './recording-error.ts';
import { replaceMetadata } from './renewed-metadata.ts';
import type { Standing } from './sink.ts';
import {
  isProcess,
  keyText,
  type TraceOwner,
  type TraceSite,
  traceBeginning,
  traceDirectory,
} from './trace-beginning.ts';

/** What all traces of one consumer share. */
export interface RecordingSite extends TraceSite {
  readonly output: string;
  /** The session has another output directory, where earlier consumers wrote. */
  readonly isApart?: boolean;
}

const DIRECTORY_MODE = 0o700;
const TRACE_FILE_MODE = 0o600;
/** How many directories of one name are tried. */
const DIRECTORY_ATTEMPTS_MAX = 100;
/**
 * A key holds, from the lowest bit on, the attempt counted from 1, the seconds since 1970, and a mark of the output, so
 * that a consumer with another output finds out that the stream is written elsewhere. The highest bit tells it from the
 * keys of links to relays. The directory of a trace that is not of a process has no time, and a rotation makes room for
 * the next of its name: its key has a random number in place of the seconds, and its environment names the key.
 */
const ATTEMPT_BITS = 8;
const SECONDS_BITS = 38;
const MARK_BITS = 17;
const OF_FILES = 1n << 63n;
const NUMBER_MAX = 2n ** BigInt(SECONDS_BITS) - 1n;
/** The last second of the year 9999: directory names have four digits for the year. */
const SECONDS_MAX = 253_402_300_799n;

/** The parts of the World that a trace uses. */
export interface TraceWorld {
  readonly files: Files;
  readonly clock: Pick<World['clock'], 'realtimeNs'>;
  readonly identity: Pick<World['identity'], 'hostname'>;
  readonly random: Pick<World['random'], 'uuid'>;
}

export class ProcessTrace {
  readonly owner: TraceOwner;
  readonly key: bigint;
  readonly directory: string;
  readonly #world: TraceWorld;
  #site: RecordingSite;
  #uuid = '';
  /** No declaration is written yet. */
  #isNew = true;
  #metadata: Appender | undefined;
  #declared: ReadonlyMap<number, number> = new Map();

  private constructor(
    world: TraceWorld,
    site: RecordingSite,
    owner: TraceOwner,
    key: bigint,
    directory: string,
  ) {
    this.#world = world;
    this.#site = site;
    this.owner = owner;
    this.key = key;
    this.directory = directory;
  }

  /**
   * A trace that does not exist yet; {@link open} creates its directory. `isTaken`: the key is that of another trace.
   */
  static fresh(
    world: TraceWorld,
    site: RecordingSite,
    owner: TraceOwner,
    isTaken: (key: bigint) => boolean = () => false,
  ): ProcessTrace {
    const seconds = isProcess(owner)
      ? world.clock.realtimeNs() / NS_PER_SECOND_BIGINT
      : drawNumber(world);
    for (let attempt = 1; ; attempt++) {
      const key = traceKey(site, seconds, attempt);
      const directory = directoryOf(site, owner, seconds, attempt);
      const isFree = !isTaken(key) && !world.files.info(directory).ok;
      if (attempt === DIRECTORY_ATTEMPTS_MAX || isFree) {
        return new ProcessTrace(world, site, owner, key, directory);
      }
    }
  }

  /** The trace with this key; undefined when the key is invalid, or that of a trace in another output. */
  static at(
    world: TraceWorld,
    site: RecordingSite,
    owner: TraceOwner,
    key: bigint,
  ): ProcessTrace | undefined {
    const seconds = BigInt.asUintN(SECONDS_BITS, key >> BigInt(ATTEMPT_BITS));
    const attempt = Number(BigInt.asUintN(ATTEMPT_BITS, key));
    if (
      seconds > (isProcess(owner) ? SECONDS_MAX : NUMBER_MAX) ||
      attempt < 1 ||
      attempt > DIRECTORY_ATTEMPTS_MAX
    )
      return undefined;
    if (key !== traceKey(site, seconds, attempt)) return undefined;
    const directory = directoryOf(site, owner, seconds, attempt);
    return new ProcessTrace(world, site, owner, key, directory);
  }

  /** The trace's UUID, once it is open. */
  get uuid(): string {
    return this.#uuid;
  }

  /** How many classes of the stream were declared when the trace was opened; undefined: the stream was not declared. */
  declaredClasses(streamId: number): number | undefined {
    return this.#declared.get(streamId);
  }

  /** Creates the trace, or continues the one that an earlier consumer left. */
  open(): Recorded {
    if (this.#metadata !== undefined) return this.#stillOpen(this.#metadata);
    const { files } = this.#world;
    const made = files.makeDirectory(this.directory, DIRECTORY_MODE);
    if (!made.ok) return written(made);
    const isNew = !files.info(this.#path).ok;
    const path = isNew ? this.#freshPath : this.#path;
    const metadata = Appender.open(files, path, TRACE_FILE_MODE);
    if (!metadata.ok) return written(metadata);
    const opened = this.#take(metadata.value, isNew);
    if (opened.ok) this.#metadata = metadata.value;
    else metadata.value.close();
    return opened;
  }

  /**
   * Appends declarations, whole or not at all. The first ones make the metadata readable, and it gets its final name:
   * without a file of that name the directory of a killed consumer is no trace.
   */
  declare(text: string): OsResult<void> {
    assert(this.#metadata !== undefined, 'pre:process-trace.declare:is-open');
    if (!this.#isNew) return this.#metadata.append([encodeUtf8(text)]);
    const begun = this.#metadata.append([encodeUtf8(this.#beginning + text)]);
    if (!begun.ok) return begun;
    const named = this.#world.files.rename(this.#freshPath, this.#path);
    if (!named.ok) {
      this.#metadata.cut(0);
      return named;
    }
    this.#metadata.renamed(this.#path);
    this.#isNew = false;
    return ok(undefined);
  }

  /** Whether the declarations are where they were. Only after {@link open}. */
  standing(): OsResult<Standing> {
    assert(this.#metadata !== undefined, 'pre:process-trace.standing:is-open');
    return this.#metadata.standing(true);
  }

  /** Opens or creates a file beside the metadata. Only after {@link open}. */
  openFile(name: string): OsResult<Appender> {
    return Appender.open(this.#world.files, `${this.directory}/${name}`, TRACE_FILE_MODE);
  }

  get isOpen(): boolean {
    return this.#metadata !== undefined;
  }

  /** The offset of the trace's clock, from now on: metadata that is written already is replaced, or stays as it is. */
  renewClock(clockOffsetNs: bigint): OsResult<void> {
    this.#site = { ...this.#site, clockOffsetNs };
    const present = this.#metadata;
    if (present === undefined || this.#isNew) return ok(undefined);
    const standing = present.standing(true);
    if (!standing.ok) return standing;
    // What has the place of a file that others moved or removed is not ours.
    if (standing.value !== 'here') return ok(undefined);
    const text = present.head(present.byteLength);
    if (!text.ok) return text;
    const { files } = this.#world;
    const renewed = replaceMetadata(files, this.directory, text.value, clockOffsetNs);
    if (!renewed.ok) return renewed;
    this.#metadata = renewed.value;
    present.close();
    return files.syncDirectory(this.directory);
  }

  close(): void {
    if (this.#metadata === undefined) return;
    if (this.#isNew && this.#stillOpen(this.#metadata).ok) {
      // Removes a trace that was never started. We hold its lock, so it is ours.
      this.#world.files.remove(this.#freshPath);
      this.#world.files.remove(this.directory);
    }
    this.#metadata.close();
    this.#metadata = undefined;
  }

  get #beginning(): string {
    return traceBeginning(this.#world, this.#site, this.owner, this.#uuid, this.key);
  }

  get #path(): string {
    return `${this.directory}/metadata`;
  }

  get #freshPath(): string {
    return `${this.#path}.new`;
  }

  /** Another stream has the trace open; meanwhile others may have removed it. */
  #stillOpen(metadata: Appender): Recorded {
    const standing = metadata.standing(true);
    if (!standing.ok) return written(standing);
    return standing.value === 'here' ? ok(undefined) : strange(`${this.#path} is gone`);
  }

  #take(metadata: Appender, isNew: boolean): Recorded {
    const { files } = this.#world;
    const locked = metadata.lock();
    if (!locked.ok) {
      return locked.error.code === 'EAGAIN' ? held(locked.error) : written(locked);
    }
    if (!isNew) return this.#continue(metadata);
    // Another consumer may have renamed its file and ended between our check and our open: then we created this file.
    if (files.info(this.#path).ok) {
      files.remove(this.#freshPath);
      return held({ code: 'EAGAIN', call: 'files.lock', subject: this.#freshPath });
    }
    return this.#begin(metadata);
  }

  #begin(metadata: Appender): Recorded {
    this.#isNew = true;
    this.#uuid = this.#world.random.uuid('trace');
    return written(metadata.cut(0));
  }

  #continue(metadata: Appender): Recorded {
    const found = readExistingMetadata(this.#world.files, this.#path);
    if (!found.ok) return found;
    const { uuid, environment, declared, tornBytes } = found.value;
    const { sharedBy, pid } = this.owner;
    const isOwners = isProcess(this.owner)
      ? Number(environment['vpid']) === pid
      : environment[TRACE_KEY] === keyText(this.key) &&
        (sharedBy === undefined || Number(environment[BUFFERING_ID]) === sharedBy);
    if (!isOwners || environment[SESSION_UUID] !== this.#site.session.uuid)
      return strange(`${this.#path} belongs to another trace`);
    this.#isNew = false;
    this.#uuid = uuid;
    this.#declared = declared;
    return written(metadata.cut(metadata.byteLength - tornBytes));
  }
}

/** In place of the time in the key of a trace that is not of a process. */
function drawNumber({ random }: TraceWorld): bigint {
  const digits = random.uuid('trace-key').replaceAll('-', '');
  return BigInt.asUintN(SECONDS_BITS, BigInt(`0x${digits}`));
}

export function traceKey({ output }: RecordingSite, seconds: bigint, attempt: number): bigint {
  const mark = BigInt.asUintN(MARK_BITS, BigInt(fnv1a(output)));
  const marked = OF_FILES | (mark << BigInt(ATTEMPT_BITS + SECONDS_BITS));
  return marked | (seconds << BigInt(ATTEMPT_BITS)) | BigInt(attempt);
}

/** With a number appended when that directory existed. */
function directoryOf(
  { output }: RecordingSite,
  owner: TraceOwner,
  seconds: bigint,
  attempt: number,
): string {
  return `${output}/${traceDirectory(owner, seconds, attempt)}`;
}
