/**
 * A run as a CTF trace, for `lttng view`, babeltrace2 and every other reader: a trace for each simulated process, with
 * one stream of its actions and deliveries, in virtual time. Metadata, packets and records have the same format as
 * those of traced applications.
 */

import { fail, ok, type Result } from '../../src/base/result.ts';
import { uuidToBytes } from '../../src/base/uuid.ts';
import { VERSION } from '../../src/base/version.ts';
import { eventMetadata, streamMetadata } from '../../src/ctf/metadata.ts';
import { encodePacketHeader } from '../../src/ctf/packet.ts';
import {
  type Field,
  type FieldType,
  LOG_LEVELS,
  type LogLevelName,
} from '../../src/event/model.ts';
import { EXTENDED_HEADER_BYTES, EXTENDED_MARK } from '../../src/event/record-header.ts';
import type { Files } from '../../src/port/files.ts';
import type { OsError, OsResult } from '../../src/port/os-error.ts';
import type { Appender } from '../../src/recorder/appender.ts';
import { ProcessTrace, type RecordingSite } from '../../src/recorder/process-trace.ts';
import type { RecordingError } from '../../src/recorder/recording-error.ts';
import { type Codec, makeCodec } from '../../src/tracer/codec.ts';
import { makeTextStore } from '../../src/tracer/text.ts';
import { Noise } from '../machine/core/noise.ts';
import { EPOCH_NS } from '../machine/core/scheduler.ts';
import { uuidFrom } from '../machine/process-world.ts';
import type { TimelineEntry } from './entry.ts';

/** Bytes of event records after which a packet is written. */
const PACKET_BYTES = 64 * 1024;
/** Characters of one text; a longer one is cut. */
const TEXT_CHARACTERS_MAX = 16_384;
const STREAM_ID = 0;

const integer: FieldType = { kind: 'integer', bits: 32, signed: true };
const text: FieldType = { kind: 'string' };

interface ExportedClass {
  readonly name: string;
  readonly logLevel: LogLevelName;
  readonly fields: readonly Field[];
}

const classOf = (
  name: string,
  logLevel: LogLevelName,
  fields: Readonly<Record<string, FieldType>>,
): ExportedClass => ({
  name: `sim:${name}`,
  logLevel,
  fields: Object.entries({ step: integer, ...fields }).map(([field, type]) => ({
    name: field,
    type,
  })),
});

/** By kind of entry; the index is the class's id. */
const CLASSES = {
  deliver: classOf('deliver', 'debugProcess', { what: text, payload: text }),
  send: classOf('send', 'info', { peer: integer, message: text }),
  receive: classOf('receive', 'info', { peer: integer, message: text }),
  state: classOf('state', 'info', { actor: text, state: text }),
  connect: classOf('connect', 'info', { what: text }),
  act: classOf('act', 'info', { what: text }),
  start: classOf('start', 'notice', { what: text, child: integer }),
  log: classOf('log', 'notice', { level: text, what: text }),
  fault: classOf('fault', 'warning', { what: text }),
  end: classOf('end', 'notice', { exit: text }),
  call: classOf('call', 'debug', { what: text }),
} as const satisfies Record<TimelineEntry['kind'] | 'call', ExportedClass>;
type Kind = keyof typeof CLASSES;
const KINDS = Object.keys(CLASSES) as Kind[];

export interface TraceExporter {
  readonly onEntry: (entry: TimelineEntry) => void;
  /** Receives the lines of `RunOptions.onCall`. */
  readonly onCall: (line: string) => void;
  /** Writes the remaining records; returns the first error. */
  readonly finish: () => Result<void, OsError>;
}

/** Writes into `directory`, which must be empty. */
export function traceExporter(
  files: Files,
  directory: string,
  name: string,
  seed: number,
): TraceExporter {
  const random = new Noise(seed).stream('exported traces');
  const uuid = (): string => uuidFrom(Uint8Array.from({ length: 16 }, () => random.below(256)));
  const world = {
    files,
    clock: { realtimeNs: () => EPOCH_NS },
    identity: { hostname: 'simulated' },
    random: { uuid },
  };
  const site: RecordingSite = {
    output: directory,
    session: { name, uuid: uuid() },
    clockOffsetNs: EPOCH_NS,
    clockUuid: uuid(),
    tracerMajor: VERSION.major,
    tracerMinor: VERSION.minor,
  };
  const streams = new Map<string, ProcessStream>();
  let step = 0;
  let trouble: OsError | undefined;

  const add = (stream: ProcessStream, time: number, kind: Kind, values: object): void => {
    if (trouble !== undefined) return;
    const added = stream.add(time, kind, values);
    if (!added.ok) trouble = added.error;
  };
  return {
    onEntry: (entry) => {
      const { pid, who, time } = entry;
      const stream =
        streams.get(who) ??
        new ProcessStream(
          ProcessTrace.fresh(world, site, { pid, startedAt: 0, processName: who }),
          pid,
        );
      streams.set(who, stream);
      step = entry.step;
      add(stream, time, entry.kind, valuesOf(entry));
    },
    onCall: (line) => {
      const [time = '', who = '', ...words] = line.split(' ');
      const stream = streams.get(who);
      const what = words.join(' ');
      // Deliveries and exceptions are timeline entries already.
      if (stream === undefined || /^[<!]/.test(what)) return;
      add(stream, Number(time.replace('.', '')), 'call', { step, what });
    },
    finish: () => {
      for (const stream of streams.values()) {
        const closed = stream.close();
        if (!closed.ok) trouble ??= closed.error;
      }
      return trouble === undefined ? ok(undefined) : fail(trouble);
    },
  };
}

function valuesOf(entry: TimelineEntry): object {
  switch (entry.kind) {
    case 'send':
    case 'receive':
      return { step: entry.step, peer: peerOf(entry), message: entry.text };
    case 'start':
      return { step: entry.step, what: entry.text, child: entry.child ?? -1 };
    case 'act':
    case 'connect':
    case 'fault':
      return { step: entry.step, what: entry.text };
    case 'log':
      return { step: entry.step, level: entry.level, what: entry.text };
    case 'deliver':
      return { step: entry.step, what: entry.what, payload: entry.text };
    case 'state':
    case 'end':
      return entry;
  }
}

/** The process id of the peer; -1: it is unknown, or on another host, and then the message names its address. */
function peerOf({ peer }: { readonly peer: number | string | undefined }): number {
  return typeof peer === 'number' ? peer : -1;
}

/** The one stream of a process. */
class ProcessStream {
  readonly #trace: ProcessTrace;
  readonly #pid: number;
  #file: Appender | undefined;
  #records: Uint8Array[] = [];
  #bytes = 0;
  #begin = 0;
  #end = 0;
  #sequenceNumber = 0;

  constructor(trace: ProcessTrace, pid: number) {
    this.#trace = trace;
    this.#pid = pid;
  }

  add(time: number, kind: Kind, values: object): OsResult<void> {
    const codec = CODECS[kind];
    const prepared = codec.prepare(shortened(values));
    const record = new Uint8Array(EXTENDED_HEADER_BYTES + codec.bytesMax(prepared));
    const view = new DataView(record.buffer);
    view.setUint8(0, EXTENDED_MARK);
    view.setUint32(1, KINDS.indexOf(kind), true);
    view.setBigUint64(5, BigInt(time), true);
    const end = codec.store({ bytes: record, view }, EXTENDED_HEADER_BYTES, prepared);
    if (this.#records.length === 0) this.#begin = time;
    this.#end = time;
    this.#records.push(record.subarray(0, end));
    this.#bytes += end;
    return this.#bytes < PACKET_BYTES ? ok(undefined) : this.#flush();
  }

  close(): OsResult<void> {
    const flushed = this.#flush();
    this.#file?.close();
    this.#trace.close();
    return flushed;
  }

  #flush(): OsResult<void> {
    if (this.#records.length === 0) return ok(undefined);
    const file = this.#open();
    if (!file.ok) return file;
    const header = encodePacketHeader({
      uuid: uuidToBytes(this.#trace.uuid),
      streamClassId: STREAM_ID,
      streamInstanceId: STREAM_ID,
      threadId: this.#pid,
      timestampBegin: BigInt(this.#begin),
      timestampEnd: BigInt(this.#end),
      bodyBytes: this.#bytes,
      sequenceNumber: this.#sequenceNumber,
      eventsDiscarded: 0,
    });
    const written = file.value.append([header, ...this.#records]);
    if (!written.ok) return written;
    this.#sequenceNumber += 1;
    [this.#records, this.#bytes] = [[], 0];
    return ok(undefined);
  }

  /** The file, created with all event classes declared. */
  #open(): OsResult<Appender> {
    if (this.#file !== undefined) return ok(this.#file);
    const opened = this.#trace.open();
    if (!opened.ok) return fail(osErrorOf(opened.error, this.#trace.directory));
    const classes = KINDS.map((kind, id) => {
      const { name, logLevel, fields } = CLASSES[kind];
      return eventMetadata(STREAM_ID, { id, name, logLevel: LOG_LEVELS[logLevel], fields });
    });
    const declared = this.#trace.declare([streamMetadata(STREAM_ID), ...classes].join(''));
    if (!declared.ok) return declared;
    const made = this.#trace.openFile(`run_${STREAM_ID}`);
    if (made.ok) this.#file = made.value;
    return made;
  }
}

/** If another process has taken the new trace's directory, the trace cannot be created. */
function osErrorOf(error: RecordingError, directory: string): OsError {
  if (error.kind === 'write') return error.error;
  return { code: 'EEXIST', call: 'files.open', subject: directory };
}

const CODECS = Object.fromEntries(
  KINDS.map((kind) => [
    kind,
    makeCodec({ kind: 'struct', fields: CLASSES[kind].fields }, makeTextStore()),
  ]),
) as Readonly<Record<Kind, Codec>>;

function shortened(values: object): object {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'string' ? value.slice(0, TEXT_CHARACTERS_MAX) : value,
    ]),
  );
}
