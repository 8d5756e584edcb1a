/**
 * What all peers of a relay share: the output directory, the directories of sessions in it, the streams by their
 * handles, and the bounds on all of them. The output directory is held open: every path below it is walked from there,
 * and no link is followed.
 */
import { fail, ok, type Result } from '../base/result.ts';
import { type OsError, type OsResult, osErrorText } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { Datagrams } from './datagrams.ts';
import { NO_DIRECTORIES } from './directories.ts';
import { Quota, REMEMBERED_MAX } from './limits.ts';
import type { LiveRoom, SessionRoom } from './live-memory.ts';
import { LiveSessions } from './live-sessions.ts';
import { createDirectory, SessionDirectory } from './session-directory.ts';
import type { Grouping } from './session-path.ts';
import { RelayStream, type StreamOptions } from './stream.ts';
import type { CreateFile, FileBounds } from './stream-files.ts';
import {
  DIRECTORY_MODE,
  DiskTracefile,
  isMetadata,
  type Place,
  type StreamName,
} from './tracefile.ts';

export interface StoreOptions {
  /** Absolute path of the directory for all traces. */
  readonly output: string;
  readonly grouping: Grouping;
  readonly isClearAllowed: boolean;
  /** Streams of all peers. */
  readonly streamsMax: number;
  /** Live sessions are in there, and not on the disk; absent: they are on the disk. */
  readonly liveMemory?: LiveRoom | undefined;
}

/** A stream as its session adds it. */
export interface AddedStream {
  readonly name: StreamName;
  readonly bounds: FileBounds;
  readonly onClosed: () => void;
  /** Where its packets are if they are not on the disk. */
  readonly memory: SessionRoom | undefined;
}

const HANDLE_BYTES = 8;
/** A ring in memory has its own bounds. */
const UNBOUNDED: FileBounds = { size: 0n, count: 0n };

export class RelayStore {
  readonly live: LiveSessions;
  readonly datagrams: Datagrams;
  readonly #world: World;
  readonly #options: StoreOptions;
  readonly #directories = new Map<string, SessionDirectory>();
  readonly #streams = new Map<bigint, RelayStream>();
  readonly #streamQuota: Quota;
  readonly #remembered = new Quota(REMEMBERED_MAX);

  private constructor(world: World, options: StoreOptions) {
    this.#world = world;
    this.#options = options;
    this.#streamQuota = new Quota(options.streamsMax);
    this.datagrams = new Datagrams(world);
    this.live = new LiveSessions(world);
  }

  /** Creates the output directory if it is missing; the process holds it until it ends. */
  static open(world: World, options: StoreOptions): OsResult<RelayStore> {
    const held = world.files.holdDirectory(options.output, DIRECTORY_MODE);
    return held.ok ? ok(new RelayStore(world, options)) : held;
  }

  get grouping(): Grouping {
    return this.#options.grouping;
  }

  get isClearAllowed(): boolean {
    return this.#options.isClearAllowed;
  }

  /** The memory for a live session; undefined: it is stored on the disk. */
  liveMemory(): SessionRoom | undefined {
    return this.#options.liveMemory?.session();
  }

  /** An unpredictable number: a peer cannot guess those of others. */
  handle(label: string): bigint {
    const bytes = this.#world.random.bytes(label, HANDLE_BYTES);
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  }

  /** The path below the output directory. */
  below(path: string): string {
    return path.slice(this.#options.output.length + 1);
  }

  /** The directory of the session with this identity, in memory or on the disk. The caller now holds it. */
  directory(
    identity: string,
    names: readonly string[],
    isInMemory: boolean,
  ): Result<SessionDirectory, string> {
    const key = `${isInMemory ? 'memory' : 'disk'} ${identity}`;
    const known = this.#directories.get(key);
    if (known !== undefined) {
      known.hold();
      return ok(known);
    }
    const files = isInMemory ? NO_DIRECTORIES : this.#world.files;
    const path = createDirectory(files, `${this.#options.output}/${names.join('/')}`);
    if (!path.ok) return fail(osErrorText(path.error));
    const directory = new SessionDirectory(files, path.value, {
      failed: (error) => this.logFailure(error),
      unused: () => this.#directories.delete(key),
    });
    this.#directories.set(key, directory);
    directory.hold();
    return ok(directory);
  }

  logFailure(error: OsError): void {
    const { code, call, subject } = error;
    this.#world.log('relay.storeFailed', { code, call, path: subject });
  }

  stream(handle: bigint): RelayStream | undefined {
    return this.#streams.get(handle);
  }

  /** Creates a stream in `place`; returns its handle. */
  addStream(
    options: AddedStream,
    place: Place,
  ): Result<{ readonly handle: bigint; readonly stream: RelayStream }, string> {
    const handle = this.handle('relay.stream');
    if (this.#streams.has(handle)) return fail('the handle of the stream is taken');
    if (!this.#streamQuota.take())
      return fail(`all peers have ${this.#options.streamsMax} streams`);
    const created = RelayStream.create(
      {
        ...this.#storageOf(options),
        remembered: this.#remembered,
        onClosed: () => {
          this.#streams.delete(handle);
          this.#streamQuota.give();
          options.onClosed();
        },
      },
      place,
    );
    if (!created.ok) {
      this.#streamQuota.give();
      return fail(osErrorText(created.error));
    }
    this.#streams.set(handle, created.value);
    return ok({ handle, stream: created.value });
  }

  #storageOf({
    name,
    bounds,
    memory,
  }: AddedStream): Pick<StreamOptions, 'isMetadata' | 'createFile' | 'bounds' | 'onUnused'> {
    const isOfMetadata = isMetadata(name);
    if (memory === undefined) {
      const { files } = this.#world;
      const createFile: CreateFile = (at, number) => DiskTracefile.create(files, at, name, number);
      return { isMetadata: isOfMetadata, createFile, bounds, onUnused: () => undefined };
    }
    const room = memory.stream(name);
    const onUnused = (): void => room.free();
    return {
      isMetadata: isOfMetadata,
      createFile: (at) => room.createFile(at),
      bounds: UNBOUNDED,
      onUnused,
    };
  }
}
