/**
 * Writes traces as the consumer does: tracepoints into streams in memory, their packets and classes into a
 * directory. The clock is the caller's.
 */

import { uuidToBytes } from '../../../src/base/uuid.ts';
import { eventMetadata, streamMetadata, traceMetadata } from '../../../src/ctf/metadata.ts';
import { encodePacketHeader, type PacketHeader } from '../../../src/ctf/packet.ts';
import { SESSION_UUID } from '../../../src/ctf/trace-directory.ts';
import { decodeClassRecord } from '../../../src/event/class-record.ts';
import type { Files, OpenFile } from '../../../src/port/files.ts';
import { renewMetadata } from '../../../src/recorder/renewed-metadata.ts';
import type { RingShape } from '../../../src/ring/layout.ts';
import type { StreamReader } from '../../../src/ring/reader.ts';
import { Tracer } from '../../../src/tracer/tracer.ts';
import { makeStream, must, type TestStream } from '../ring/memory.ts';

const TRACE_UUID = '0a6e1e64-0d2f-4b4e-9f0d-5c1d3a7e9b21';
const CLOCK_UUID = '7d1a52e2-52cf-4a5a-8f2b-7a3d8f6f3f10';
/** 2026-01-02T03:04:05Z minus {@link START_NS}: where a writer's clock begins in real time. */
export const CLOCK_OFFSET_NS = 1_767_323_045_000_000_000n - 1_000_000_000_000n;
/** The initial value of a new writer's clock. */
const START_NS = 1_000_000_000_000n;

export interface TraceWriterOptions {
  readonly uuid?: string;
  readonly processName?: string;
  readonly pid?: number;
  readonly hostname?: string;
  readonly clockOffsetNs?: bigint;
  readonly shape?: RingShape;
  /** UUID of the session in the trace's environment. */
  readonly sessionUuid?: string;
}

const SHAPE: RingShape = { subbufferBytes: 64 * 1024, subbufferCount: 2, overwrite: false };

/** One trace directory, named like `OUT/ust/pid/NAME-PID-DATE` or by the caller. */
export class TraceWriter {
  readonly directory: string;
  readonly uuid: string;
  readonly clock = { ns: START_NS };
  readonly #files: Files;
  readonly #options: TraceWriterOptions;
  #metadata: OpenFile;
  readonly #streams: WrittenStream[] = [];

  constructor(files: Files, directory: string, options: TraceWriterOptions = {}) {
    this.#files = files;
    this.directory = directory;
    this.uuid = options.uuid ?? TRACE_UUID;
    this.#options = options;
    must(files.makeDirectory(directory, 0o700));
    this.#metadata = must(files.open(`${directory}/metadata`, 'append'));
    const text = traceMetadata({
      uuid: this.uuid,
      hostname: options.hostname ?? 'tester',
      domain: 'ust',
      processName: options.processName ?? 'app',
      pid: options.pid ?? 42,
      tracerName: 'lttng-ts',
      tracerMajor: 0,
      tracerMinor: 1,
      sessionName: 'auto',
      creationTimeNs: START_NS + CLOCK_OFFSET_NS,
      clockUuid: CLOCK_UUID,
      clockOffsetNs: options.clockOffsetNs ?? CLOCK_OFFSET_NS,
      ...(options.sessionUuid === undefined
        ? {}
        : { environment: { [SESSION_UUID]: options.sessionUuid } }),
    });
    this.appendMetadata(text);
  }

  /** A new stream: a thread with its own tracer. */
  stream(threadId = 42 + this.#streams.length): WrittenStream {
    const id = this.#streams.length;
    this.appendMetadata(streamMetadata(id));
    const file = must(this.#files.open(`${this.directory}/channel0_${id}`, 'append'));
    const memory = makeStream(this.#options.shape ?? SHAPE);
    const stream = new WrittenStream(this, id, threadId, file, memory);
    this.#streams.push(stream);
    return stream;
  }

  appendMetadata(text: string): void {
    append(this.#metadata, new TextEncoder().encode(text));
  }

  /** Replaces the metadata by a copy with this clock offset, as a consumer does. */
  renewMetadata(clockOffsetNs: bigint): void {
    must(renewMetadata(this.#files, this.directory, clockOffsetNs));
    this.#metadata.close();
    this.#metadata = must(this.#files.open(`${this.directory}/metadata`, 'append'));
  }

  /** Writes the content of all streams and closes the files. */
  close(): void {
    for (const stream of this.#streams) stream.close();
    this.#metadata.close();
  }
}

export class WrittenStream {
  readonly tracer: Tracer;
  readonly id: number;
  readonly #trace: TraceWriter;
  readonly #threadId: number;
  readonly #file: OpenFile;
  readonly #reader: StreamReader;
  #packets = 0;

  constructor(
    trace: TraceWriter,
    id: number,
    threadId: number,
    file: OpenFile,
    memory: TestStream,
  ) {
    this.#trace = trace;
    this.id = id;
    this.#threadId = threadId;
    this.#file = file;
    this.#reader = memory.attachReader();
    this.tracer = new Tracer();
    memory.clock.ns = trace.clock.ns;
    const { clock } = trace;
    const writer = memory.attachWriter({
      now: (target, index) => {
        target[index] = clock.ns;
      },
    });
    must(this.tracer.attachStream({ key: 'only', writer, matches: () => true }));
    const at = clock.ns;
    this.#writePacket(new Uint8Array(0), {
      timestampBegin: at,
      timestampEnd: at,
      eventsDiscarded: 0,
    });
  }

  /** Writes complete sub-buffers; with `flush` also incomplete ones, as the switch timer does. */
  drain(flush: boolean): void {
    for (;;) {
      const packet = this.#reader.next(flush);
      if (packet === undefined) return;
      for (const record of must(this.#reader.readClasses())) {
        this.#trace.appendMetadata(eventMetadata(this.id, must(decodeClassRecord(record))));
      }
      this.#packets += packet.lostSubbuffers;
      this.#writePacket(packet.body, {
        timestampBegin: packet.beginTimestamp,
        timestampEnd: packet.endTimestamp,
        eventsDiscarded: packet.discardedTotal,
      });
      this.#reader.done(packet);
    }
  }

  close(): void {
    this.drain(true);
    this.#file.close();
  }

  #writePacket(
    body: Uint8Array,
    times: Pick<PacketHeader, 'timestampBegin' | 'timestampEnd' | 'eventsDiscarded'>,
  ): void {
    const header = encodePacketHeader({
      uuid: uuidToBytes(this.#trace.uuid),
      streamClassId: this.id,
      streamInstanceId: this.id,
      threadId: this.#threadId,
      bodyBytes: body.length,
      sequenceNumber: this.#packets++,
      ...times,
    });
    append(this.#file, header, body);
  }
}

function append(file: OpenFile, ...parts: Uint8Array[]): void {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (must(file.append(parts)) !== bytes) throw new Error('short write');
}
