/**
 * The text of a trace's `metadata` file: CTF 1.8's TSDL, written piece by piece as the trace grows.
 *
 * {@link traceMetadata} begins the file, {@link streamMetadata} follows once per stream and
 * {@link eventMetadata} once per event class of a stream, before the first packet that uses it. The consumer
 * only appends to the file, one piece per append, so it is well formed after each append; to give it another clock
 * offset, it replaces the file by a copy ({@link withClockOffset}).
 *
 * Field names carry a leading `_`, which readers strip; so any C identifier can name a field, also TSDL's keywords
 * ({@link declaredName} has the exception). The u32 length of a sequence `x` precedes it as `_x_length`.
 * An array or sequence that is itself an element has no name from which to form the name of its length, so it lies
 * in a struct of one field, `element`; this adds no byte.
 * The layout of packets is in `packet.ts`, that of event headers in `../event/record-header.ts`.
 */

import { assert } from '../base/assert.ts';
import { formatBasicDateTime } from '../base/calendar.ts';
import { NS_PER_SECOND_BIGINT } from '../base/time.ts';
import { isUuid } from '../base/uuid.ts';
import { declaredName, sequenceLengthName } from '../event/declared-name.ts';
import type { EnumType, EventClass, Field, FieldType, IntegerType } from '../event/model.ts';
import {
  COMPACT_CLASS_ID_BITS,
  COMPACT_TIMESTAMP_BITS,
  EXTENDED_MARK,
} from '../event/record-header.ts';

/** Every metadata file begins with these bytes. */
const METADATA_SIGNATURE = '/* CTF 1.8 */';

/** The values that metadata contains once per trace. */
export interface TraceDescription {
  readonly uuid: string;
  readonly hostname: string;
  readonly domain: 'ust' | 'kernel';
  /** Absent where several applications share the trace's buffers. */
  readonly processName?: string;
  /** Process id in the application's own namespace; absent with `processName`. */
  readonly pid?: number;
  readonly tracerName: string;
  readonly tracerMajor: number;
  readonly tracerMinor: number;
  readonly sessionName: string;
  /** CLOCK_REALTIME, nanoseconds. */
  readonly creationTimeNs: bigint;
  /** Names the clock: equal for all traces of one boot of a machine. */
  readonly clockUuid: string;
  /** CLOCK_REALTIME minus CLOCK_MONOTONIC. */
  readonly clockOffsetNs: bigint;
  /** Further entries of the environment; names are C identifiers. */
  readonly environment?: Readonly<Record<string, string | number>>;
}

/** The beginning of a metadata file: types, trace, environment and clock. */
export function traceMetadata(trace: TraceDescription): string {
  assert(isUuid(trace.uuid) && isUuid(trace.clockUuid), 'metadata:trace:uuids');
  return `${METADATA_SIGNATURE}

trace {
	major = 1;
	minor = 8;
	uuid = "${trace.uuid}";
	byte_order = le;
	packet.header := struct {
		${integer(32, false)} magic;
		${integer(8, false)} uuid[16];
		${integer(32, false)} stream_id;
		${integer(64, false)} stream_instance_id;
	};
};

${environmentBlock(trace)}
${clockBlock(trace)}
${EVENT_HEADER}`;
}

/**
 * What the events of a stream have in common: the thread that writes them; nothing, since threads of a user write them
 * one after another; the CPU on which the kernel writes them.
 */
export type StreamKind = 'thread' | 'shared' | 'cpu';

const ORIGIN: Readonly<Record<StreamKind, string>> = {
  thread: `\t\t${integer(32, false)} vtid;\n`,
  shared: '',
  cpu: `\t\t${integer(32, false)} cpu_id;\n`,
};

/** One stream class: streams and their classes correspond one to one, so `streamClassId` names both. */
export function streamMetadata(streamClassId: number, kind: StreamKind = 'thread'): string {
  assertId(streamClassId);
  return `
stream {
	id = ${streamClassId};
	event.header := struct event_header_compact;
	packet.context := struct {
		${clockInteger(64)} timestamp_begin;
		${clockInteger(64)} timestamp_end;
		${integer(64, false)} content_size;
		${integer(64, false)} packet_size;
		${integer(64, false)} packet_seq_num;
		${integer(64, false)} events_discarded;
${ORIGIN[kind]}	};
};
`;
}

/**
 * One event class of a stream. `eventClass` is one that `decodeClassRecord` accepts. Contexts are declared with each
 * class, not with the stream as LTTng does: so a channel that records already can have more of them. Events of the
 * kernel have no log level.
 */
export function eventMetadata(
  streamClassId: number,
  eventClass: EventClass,
  kind: StreamKind = 'thread',
): string {
  assertId(streamClassId);
  assertId(eventClass.id);
  const { context = [] } = eventClass;
  const levelLine = kind === 'cpu' ? '' : `\tloglevel = ${eventClass.logLevel};\n`;
  const contextLine = context.length === 0 ? '' : `\tcontext := ${struct(context, '\t')};\n`;
  return `
event {
	name = ${quote(eventClass.name)};
	id = ${eventClass.id};
	stream_id = ${streamClassId};
${levelLine}${contextLine}	fields := ${struct(eventClass.fields, '\t')};
};
`;
}

const EVENT_HEADER = `
struct event_header_compact {
	enum : integer { size = ${COMPACT_CLASS_ID_BITS}; align = 1; signed = false; } {
		compact = 0 ... ${EXTENDED_MARK - 1}, extended = ${EXTENDED_MARK}
	} id;
	variant <id> {
		struct {
			${clockInteger(COMPACT_TIMESTAMP_BITS, 1)} timestamp;
		} compact;
		struct {
			${integer(32, false)} id;
			${clockInteger(64)} timestamp;
		} extended;
	} v;
} align(8);
`;

function environmentBlock(trace: TraceDescription): string {
  const entries: Record<string, string | number | undefined> = {
    hostname: trace.hostname,
    domain: trace.domain,
    tracer_name: trace.tracerName,
    tracer_major: trace.tracerMajor,
    tracer_minor: trace.tracerMinor,
    procname: trace.processName,
    vpid: trace.pid,
    trace_name: trace.sessionName,
    trace_creation_datetime: formatBasicDateTime(trace.creationTimeNs),
    ...trace.environment,
  };
  const lines = Object.entries(entries).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return `\t${name} = ${typeof value === 'string' ? quote(value) : value};\n`;
  });
  return `env {\n${lines.join('')}};\n`;
}

/**
 * The text of a metadata file with another offset of its clock, CLOCK_REALTIME minus CLOCK_MONOTONIC; the rest stays as
 * it is. Undefined: the text has no clock as {@link traceMetadata} writes it.
 */
export function withClockOffset(text: string, clockOffsetNs: bigint): string | undefined {
  const [clock] = CLOCK_BLOCK.exec(text) ?? [];
  if (clock === undefined || !CLOCK_OFFSET.test(clock)) return undefined;
  return text.replace(clock, () => clock.replace(CLOCK_OFFSET, () => offsetLines(clockOffsetNs)));
}

/** Only a declaration begins a line with this: strings have no line ends, and lines inside a block are indented. */
const CLOCK_BLOCK = /^clock \{\n(?:\t.*\n)*\};\n/m;
const CLOCK_OFFSET = /^(?:\toffset_s = -?\d+;\n)?\toffset = \d+;\n/m;

function clockBlock(trace: TraceDescription): string {
  return `clock {
	name = "monotonic";
	uuid = "${trace.clockUuid}";
	description = "CLOCK_MONOTONIC";
	freq = ${NS_PER_SECOND_BIGINT};
${offsetLines(trace.clockOffsetNs)}};
`;
}

/** `offset` counts nanoseconds from the epoch; only a negative offset needs `offset_s` as well. */
function offsetLines(clockOffsetNs: bigint): string {
  let offset = clockOffsetNs;
  let seconds = 0n;
  if (offset < 0n) {
    seconds = (offset - NS_PER_SECOND_BIGINT + 1n) / NS_PER_SECOND_BIGINT;
    offset -= seconds * NS_PER_SECOND_BIGINT;
  }
  return `${seconds === 0n ? '' : `\toffset_s = ${seconds};\n`}\toffset = ${offset};\n`;
}

function struct(fields: readonly Field[], indent: string): string {
  const inner = `${indent}\t`;
  const shown = new Set<string>();
  const lines = fields.map((field) => declareField(field, shown, inner));
  return `struct {\n${lines.join('')}${indent}}`;
}

/** `shown`: names of the earlier fields, as readers show them; the names of this field are added. */
function declareField({ name, type }: Field, shown: Set<string>, indent: string): string {
  const lengthName = type.kind === 'sequence' ? sequenceLengthName(name) : undefined;
  const length = lengthName === undefined ? undefined : declaredName(lengthName, shown);
  if (lengthName !== undefined) shown.add(lengthName);
  const declared = declaredName(name, shown);
  shown.add(name);
  switch (type.kind) {
    case 'array': {
      const element = type.isText === true ? CHARACTER : elementType(type.element, indent);
      return `${indent}${element} ${declared}[${type.length}];\n`;
    }
    case 'sequence': {
      const declaration = `${elementType(type.element, indent)} ${declared}[${length}]`;
      return `${indent}${integer(32, false)} ${length};\n${indent}${declaration};\n`;
    }
    default:
      return `${indent}${plainType(type, indent)} ${declared};\n`;
  }
}

/** Name of the one field of the struct that wraps a nested array or sequence. */
const NESTED_ELEMENT_NAME = 'element';

function elementType(type: FieldType, indent: string): string {
  if (type.kind !== 'array' && type.kind !== 'sequence') return plainType(type, indent);
  return struct([{ name: NESTED_ELEMENT_NAME, type }], indent);
}

const CHARACTER = 'integer { size = 8; align = 8; signed = false; encoding = UTF8; }';

type PlainType = Exclude<FieldType, { kind: 'array' | 'sequence' }>;

function plainType(type: PlainType, indent: string): string {
  switch (type.kind) {
    case 'integer':
      return integer(type.bits, type.signed);
    case 'float':
      return type.bits === 32
        ? 'floating_point { exp_dig = 8; mant_dig = 24; align = 8; }'
        : 'floating_point { exp_dig = 11; mant_dig = 53; align = 8; }';
    case 'boolean':
      return enumeration(BOOLEAN_ENUM);
    case 'enum':
      return enumeration(type);
    case 'string':
      return 'string { encoding = UTF8; }';
    case 'struct':
      return struct(type.fields, indent);
  }
}

const BOOLEAN_ENUM: EnumType = {
  kind: 'enum',
  integer: { kind: 'integer', bits: 8, signed: false },
  labels: { false: 0, true: 1 },
};

function enumeration(type: EnumType): string {
  const labels = Object.entries(type.labels).map(([label, value]) => `${quote(label)} = ${value}`);
  return `enum : ${integer(type.integer.bits, type.integer.signed)} { ${labels.join(', ')} }`;
}

function integer(bits: IntegerType['bits'], signed: boolean): string {
  return `integer { size = ${bits}; align = 8; signed = ${signed}; }`;
}

function clockInteger(bits: number, align = 8): string {
  return `integer { size = ${bits}; align = ${align}; signed = false; map = clock.monotonic.value; }`;
}

/** A TSDL string literal. Control characters become octal escapes; other characters stay UTF-8. */
function quote(text: string): string {
  let quoted = '';
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (character === '"' || character === '\\') quoted += `\\${character}`;
    else if (code < 0x20 || code === 0x7f) quoted += `\\${code.toString(8).padStart(3, '0')}`;
    else quoted += character;
  }
  return `"${quoted}"`;
}

function assertId(id: number): void {
  assert(Number.isInteger(id) && id >= 0 && id < 2 ** 32, 'metadata:id:u32');
}
