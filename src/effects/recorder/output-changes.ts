/**
 * Changes where a consumer writes: into files, to a relay whose connections the registry passes (R3.4), or nowhere. A
 * newer change replaces one that is not complete. The present output stays in use until the next one is ready.
 */
import { fail, ok } from '../../base/result.ts';
import { NS_PER_MS_BIGINT } from '../../base/time.ts';
import type { LogEvent } from '../../port/log.ts';
import type { ReachedPassage, TcpAddress } from '../../port/network.ts';
import type { OsError, OsResult } from '../../port/os-error.ts';
import type { World } from '../../port/world.ts';
import { archiveChunk, type ChunkPlace, clearChunk } from '../../recorder/chunk-archive.ts';
import { FileSink, type TracerVersion } from '../../recorder/file-sink.ts';
import { machineClock } from '../../recorder/machine-clock.ts';
import { errorFields } from '../../recorder/recording-error.ts';
import type { RelayConnections } from '../../recorder/relay-link.ts';
import { RelaySink } from '../../recorder/relay-sink.ts';
import type { StreamConsumer } from '../../recorder/stream-consumer.ts';
import type { RecordedSession } from '../../wire/common.ts';
import { OUTPUT_REASON_CHARACTERS_MAX } from '../../wire/control/outcomes.ts';
import type { ArchivedChunk, RecorderEffect, RecorderEvent } from '../contract/recorder.ts';

const OUTPUT_MODE = 0o700;

type Rotate = Extract<RecorderEffect, { type: 'recorder.rotate' }>;
type Regenerate = Extract<RecorderEffect, { type: 'recorder.regenerate' }>;
type ToRelay = Extract<RecorderEffect, { type: 'recorder.toRelay' }>;

export class OutputChanges {
  readonly #world: World;
  readonly #version: TracerVersion;
  readonly #session: RecordedSession;
  readonly #consumer: StreamConsumer;
  readonly #deliver: (event: RecorderEvent) => void;
  /** Names the present change; undefined: its outcome is not wanted. */
  #token: number | undefined;
  #reached: ReachedPassage | undefined;
  /** Its relay has not agreed yet. */
  #joining: RelaySink | undefined;
  /** The latest one whose relay agreed. */
  #latest: RelaySink | undefined;

  /** The latest files, and their directory. */
  #files: { readonly sink: FileSink; readonly output: string } | undefined;
  /** Bytes of packets in the present files, and how many they may have. */
  #bytes = 0;
  #bytesMax = Number.POSITIVE_INFINITY;

  constructor(
    world: World,
    version: TracerVersion,
    session: RecordedSession,
    consumer: StreamConsumer,
    deliver: (event: RecorderEvent) => void,
  ) {
    this.#world = world;
    this.#version = version;
    this.#session = session;
    this.#consumer = consumer;
    this.#deliver = deliver;
  }

  /** Delivers `recorder.full` once, when the present files have so many bytes; undefined: never. */
  limit(bytes: number = Number.POSITIVE_INFINITY): void {
    this.#bytesMax = bytes;
    if (this.#bytes >= bytes) this.#deliver({ type: 'recorder.full' });
  }

  /** Makes the directory and opens files in it, for the first time. */
  openFiles(output: string, isApart: boolean): OsResult<void> {
    const sink = this.#filesIn(output, isApart);
    if (!sink.ok) return sink;
    this.#consumer.open(sink.value);
    return ok(undefined);
  }

  toFiles(token: number, output: string): void {
    this.#begin(token);
    const sink = this.#filesIn(output, true);
    if (!sink.ok) return this.#fail(token, sink.error, `cannot create ${sink.error.subject}`);
    this.#consumer.open(sink.value, () => this.#complete(token));
  }

  /** The streams leave their files, which become an archive or are removed. If that fails, they get new files, too. */
  rotate({ token, output, chunk, isClear }: Rotate): void {
    this.#begin(token);
    const sink = this.#filesIn(output, true);
    if (!sink.ok) return this.#fail(token, sink.error, `cannot create ${sink.error.subject}`);
    // What is moved or removed now is not in the new files.
    const bytesMax = this.#bytesMax;
    this.limit();
    const done = isClear
      ? this.#clear(this.#placeIn(output), sink.value)
      : this.#archive({ output, chunk });
    // Outputs that another consumer holds have moved as well.
    sink.value.noteMoved(this.#consumer.outputs);
    this.#bytes = 0;
    this.limit(bytesMax);
    this.#consumer.open(sink.value, () => {
      if (done.ok) this.#complete(token, done.value);
      else this.#sayFailed(token, done.error, 'trace.notArchived', done.error.subject);
    });
  }

  /** The clock is read again: a step of the time of day is in all traces of the directory. */
  regenerate({ token, output }: Regenerate): void {
    this.#begin(token);
    const sink =
      this.#files?.output === output ? ok(this.#files.sink) : this.#filesIn(output, true);
    const { offsetNs } = machineClock(this.#world);
    const renewed = sink.ok ? sink.value.renewClock(offsetNs) : sink;
    if (renewed.ok) return this.#complete(token);
    this.#sayFailed(token, renewed.error, 'trace.notRegenerated', renewed.error.subject);
  }

  /** After the streams have left their outputs for good. */
  archive(last: ArchivedChunk): void {
    const done = this.#move(last);
    if (!done.ok) this.#world.log('trace.notArchived', errorFields(done.error));
  }

  toNowhere(token: number): void {
    this.#begin(token);
    this.#consumer.open(undefined, () => this.#complete(token));
  }

  reach(token: number, passage: string): void {
    this.#begin(token);
    const reached = this.#world.network.reachPassage(passage);
    if (!reached.ok) return this.#fail(token, reached.error, `cannot reach ${passage}`);
    this.#reached = reached.value;
    this.#deliver({ type: 'recorder.passageReached', token });
  }

  /** The registry has passed the connections for control and data, to the first relays of the way. */
  toRelay({ token, basePath, way, datagramsTo }: ToRelay): void {
    const taken = this.#take(datagramsTo);
    this.#begin(token);
    if (!taken.ok)
      return this.#fail(token, taken.error, 'cannot take the connections to the relay');
    const { offsetNs, uuid } = machineClock(this.#world);
    const site = {
      session: this.#session,
      basePath,
      way,
      laterThanSecond: this.#latest?.latestSecond,
      clockOffsetNs: offsetNs,
      clockUuid: uuid,
      tracerMajor: this.#version.major,
      tracerMinor: this.#version.minor,
    };
    const sink = new RelaySink(this.#world, taken.value, site, {
      onReady: () => {
        if (this.#joining !== sink) return;
        this.#joining = undefined;
        this.#latest = sink;
        this.#consumer.open(sink, () => this.#complete(token));
      },
      onFailed: (error) => {
        if (this.#joining !== sink) return this.#consumer.noteLink();
        this.#joining = undefined;
        this.#fail(token, error, `at ${error.subject}, ${error.detail ?? ''}`);
      },
    });
    this.#joining = sink;
  }

  /** The registry that asked for the present change is gone. */
  forget(): void {
    this.#token = undefined;
  }

  /** The archive has what the buffers hold, too. */
  #archive(present: ArchivedChunk): OsResult<string | undefined> {
    this.#consumer.writeAll();
    this.#consumer.open(undefined);
    return this.#move(present);
  }

  #move({ output, chunk }: ArchivedChunk): OsResult<string | undefined> {
    const { files, clock } = this.#world;
    return archiveChunk(files, this.#placeIn(output), chunk, clock.realtimeNs());
  }

  #placeIn(output: string): ChunkPlace {
    return { output, sessionUuid: this.#session.uuid };
  }

  /** What the buffers hold is written and removed, too: a full disk has room for it after the first removal. */
  #clear(place: ChunkPlace, sink: FileSink): OsResult<undefined> {
    const { files } = this.#world;
    this.#consumer.open(undefined);
    const first = clearChunk(files, place);
    if (!first.ok) return first;
    // Outputs that another consumer holds have gone as well: nothing is written in their place.
    sink.noteMoved(this.#consumer.outputs);
    this.#consumer.open(sink);
    this.#consumer.writeAll();
    this.#consumer.open(undefined);
    this.#consumer.markCleared();
    const second = clearChunk(files, place);
    return second.ok ? ok(undefined) : second;
  }

  #begin(token: number): void {
    this.#token = token;
    this.#reached?.close();
    this.#reached = undefined;
    this.#joining?.close();
    this.#joining = undefined;
  }

  #filesIn(output: string, isApart: boolean): OsResult<FileSink> {
    // For the life of this process, which records one session. Others may own the parents of the directory.
    const held = this.#world.files.holdDirectory(output, OUTPUT_MODE);
    if (!held.ok) return held;
    this.#bytes = 0;
    const count = (bytes: number): void => this.#count(bytes);
    const { forSession } = FileSink;
    const sink = forSession(this.#world, output, this.#session, this.#version, isApart, count);
    this.#files = { sink, output };
    return ok(sink);
  }

  #count(bytes: number): void {
    const before = this.#bytes;
    this.#bytes += bytes;
    if (before < this.#bytesMax && this.#bytes >= this.#bytesMax)
      this.#deliver({ type: 'recorder.full' });
  }

  #take(datagramsTo: TcpAddress | undefined): OsResult<RelayConnections> {
    const call = 'network.take';
    if (this.#reached === undefined) return fail({ code: 'EAGAIN', call, subject: 'passage' });
    const taken = this.#reached.take();
    if (!taken.ok) return taken;
    const [control, passed, ...more] = taken.value;
    const isWhole = (passed === undefined) !== (datagramsTo === undefined) && more.length === 0;
    const data = passed ?? datagramsTo;
    if (control !== undefined && data !== undefined && isWhole) return ok({ control, data });
    for (const connection of taken.value) connection.drop();
    return fail({ code: 'EIO', call, subject: 'passage' });
  }

  #complete(token: number, archive?: string): void {
    if (token !== this.#token) return;
    const made = archive === undefined ? {} : { archive };
    this.#deliver({ type: 'recorder.outputChanged', token, ...made, atMs: this.nowMs });
  }

  get nowMs(): number {
    return Number(this.#world.clock.realtimeNs() / NS_PER_MS_BIGINT);
  }

  /** Nothing is written any more; events wait in the buffers. */
  #fail(token: number, error: OsError, what: string): void {
    this.#consumer.open(undefined, () => this.#sayFailed(token, error, 'trace.outputFailed', what));
  }

  #sayFailed(token: number, { code }: OsError, event: LogEvent, what: string): void {
    const reason = what.slice(0, OUTPUT_REASON_CHARACTERS_MAX);
    this.#world.log(event, { reason, code });
    if (token !== this.#token) return;
    const { nowMs: atMs } = this;
    this.#deliver({ type: 'recorder.outputChanged', token, failed: { code, reason }, atMs });
  }
}
