/**
 * Changes where a consumer writes: into files, to a relay whose connections the registry passes (R3.4), or nowhere. A
 * newer change replaces one that is not complete. The present output stays in use until the next one is ready.
 */
import { fail, ok } from '../../base/result.ts';
import type { ReachedPassage, TcpAddress } from '../../port/network.ts';
import type { OsError, OsResult } from '../../port/os-error.ts';
import type { World } from '../../port/world.ts';
import { FileSink, type TracerVersion } from '../../recorder/file-sink.ts';
import { machineClock } from '../../recorder/machine-clock.ts';
import type { RelayConnections } from '../../recorder/relay-link.ts';
import { RelaySink } from '../../recorder/relay-sink.ts';
import type { StreamConsumer } from '../../recorder/stream-consumer.ts';
import type { RecordedSession } from '../../wire/common.ts';
import { OUTPUT_REASON_CHARACTERS_MAX } from '../../wire/control/outcomes.ts';
import type { RecorderEffect, RecorderEvent } from '../contract/recorder.ts';

const OUTPUT_MODE = 0o700;

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
    return ok(FileSink.forSession(this.#world, output, this.#session, this.#version, isApart));
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

  #complete(token: number): void {
    if (token === this.#token) this.#deliver({ type: 'recorder.outputChanged', token });
  }

  /** Nothing is written any more; events wait in the buffers. */
  #fail(token: number, { code }: OsError, what: string): void {
    const reason = what.slice(0, OUTPUT_REASON_CHARACTERS_MAX);
    this.#world.log('trace.outputFailed', { reason, code });
    this.#consumer.open(undefined, () => {
      if (token !== this.#token) return;
      this.#deliver({ type: 'recorder.outputChanged', token, failed: { code, reason } });
    });
  }
}
