/**
 * Messages as lines of text, in the form of babeltrace2's text output, with times of day in UTC:
 *
 * ```
 * [06:15:30.000000123] (+0.000000100) host:app:(42) my:event: { cpu_id = 0 }, { vtid = 43 }, { x = 1, s = "a" }
 * ```
 *
 * The parts in braces are what the packet context holds besides counters (nothing in this project's traces),
 * the contexts and the fields. Reals are written in full (babeltrace2 keeps six digits).
 */
import { formatTimeOfDay } from '../base/calendar.ts';
import { integerIn, isCountedSequence } from './compile.ts';
import type { EventMessage, TraceMessage, TraceSource } from './message.ts';
import {
  type FieldSchema,
  type IntegerSchema,
  isTextElement,
  type StructSchema,
  type TypeSchema,
} from './tsdl/types.ts';
import type { EnumValue, FieldStruct, FieldValue } from './values.ts';

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
/** Members of the packet context that are about the packet, not about its events. */
const PACKET_MEMBERS = new Set([
  'timestamp_begin',
  'timestamp_end',
  'content_size',
  'packet_size',
  'packet_seq_num',
  'events_discarded',
]);
const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '?': '\\?',
  '\u0007': '\\a',
  '\b': '\\b',
  '\u001b': '\\e',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};
const TO_ESCAPE = /[\\'"?\p{Cc}]/gu;

/** One line without its newline. `previous`: timestamp of the event before, for the difference. */
export function renderText(message: TraceMessage, previous: bigint | undefined): string {
  switch (message.kind) {
    case 'event':
      return renderEvent(message, previous);
    case 'discarded-events':
    case 'discarded-packets': {
      const what = `${message.kind.slice('discarded-'.length)}`.slice(
        0,
        message.count === 1n ? -1 : undefined,
      );
      const begin = formatTimeOfDay(message.timestamp);
      const end = formatTimeOfDay(message.until);
      const file = plain(message.streamFile);
      return `Tracer discarded ${message.count} ${what} between [${begin}] and [${end}] in ${file}`;
    }
    case 'problem':
      return plain(message.text);
  }
}

function renderEvent(event: EventMessage, previous: bigint | undefined): string {
  const { shape } = event;
  const parts = [
    structOf(shape.packetContextType, event.packetContext, (name) => !PACKET_MEMBERS.has(name)),
    structOf(shape.commonContextType, event.commonContext),
    structOf(shape.specificContextType, event.specificContext),
  ].filter((part) => part !== '' && part !== '{ }');
  const fields = structOf(shape.fieldsType, event.fields);
  if (fields !== '') parts.push(fields);
  const time = formatTimeOfDay(event.timestamp);
  const from = origin(event.source);
  return `[${time}] (${difference(event.timestamp, previous)}) ${from}${plain(event.name)}: ${parts.join(', ')}`;
}

/** `host:app:(42) `, as far as the environment says so. */
function origin({ environment }: TraceSource): string {
  const { hostname, procname, vpid } = environment;
  let text = hostname === undefined ? '' : plain(String(hostname));
  if (procname !== undefined) text += `:${plain(String(procname))}`;
  if (vpid !== undefined) text += `:(${plain(String(vpid))})`;
  return text === '' ? '' : `${text} `;
}

function difference(timestamp: bigint, previous: bigint | undefined): string {
  if (previous === undefined) return '+?.?????????';
  const elapsed = timestamp - previous;
  const size = elapsed < 0n ? -elapsed : elapsed;
  const fraction = String(size % NANOSECONDS_PER_SECOND).padStart(9, '0');
  return `${elapsed < 0n ? '-' : '+'}${size / NANOSECONDS_PER_SECOND}.${fraction}`;
}

function structOf(
  type: StructSchema | undefined,
  values: FieldStruct,
  isShown: (name: string) => boolean = () => true,
): string {
  if (type === undefined) return '';
  const members = type.fields
    .filter((field) => isShown(field.displayName))
    .map((field) => `${plain(field.displayName)} = ${memberOf(type, field, values)}`);
  return members.length === 0 ? '{ }' : `{ ${members.join(', ')} }`;
}

/** A length that decoding left out is that of its sequence. */
function memberOf(struct: StructSchema, field: FieldSchema, values: FieldStruct): string {
  const value = Object.hasOwn(values, field.displayName) ? values[field.displayName] : undefined;
  if (value !== undefined) return valueOf(field.type, value);
  const counted = struct.fields.find(
    (other) => isCountedSequence(other) && field.name === `_${other.name}_length`,
  );
  const sequence = counted === undefined ? undefined : values[counted.displayName];
  return Array.isArray(sequence) ? String(sequence.length) : '?';
}

function valueOf(type: TypeSchema, value: FieldValue): string {
  switch (type.kind) {
    case 'integer':
      return integerOf(type, integerIn(value));
    case 'float':
      return realOf(value as number);
    case 'string':
      return quote(value as string);
    case 'enum': {
      if (typeof value === 'boolean') return `( "${value}" : container = ${Number(value)} )`;
      const { labels } = value as EnumValue;
      const quoted = labels.map(quote);
      const shown =
        quoted.length === 0
          ? '<unknown>'
          : quoted.length === 1
            ? quoted[0]
            : `{ ${quoted.join(', ')} }`;
      return `( ${shown} : container = ${integerOf(type.container, integerIn(value))} )`;
    }
    case 'struct':
      return structOf(type, value as FieldStruct);
    case 'variant':
      return variantOf(type.options, value);
    case 'array':
    case 'sequence':
      if (isTextElement(type.element)) return quote(value as string);
      return arrayOf(type.element, value as readonly FieldValue[]);
  }
}

function arrayOf(element: TypeSchema, values: readonly FieldValue[]): string {
  const members = values.map((value, index) => `[${index}] = ${valueOf(element, value)}`);
  return members.length === 0 ? '[ ]' : `[ ${members.join(', ')} ]`;
}

/** Which option a variant holds is not kept with the value: the first option of the value's form is taken. */
function variantOf(options: readonly FieldSchema[], value: FieldValue): string {
  const option = options.find(({ type }) => isValueOf(type, value));
  return option === undefined ? '?' : valueOf(option.type, value);
}

function isValueOf(type: TypeSchema, value: FieldValue): boolean {
  switch (type.kind) {
    case 'integer':
      return typeof value === (type.bits > 53 ? 'bigint' : 'number');
    case 'float':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'enum':
      return typeof value === 'boolean' || (typeof value === 'object' && 'labels' in value);
    case 'struct':
      return (
        typeof value === 'object' &&
        !Array.isArray(value) &&
        Object.keys(value).every((name) => type.fields.some((field) => field.displayName === name))
      );
    case 'variant':
      return type.options.some((option) => isValueOf(option.type, value));
    case 'array':
    case 'sequence':
      return isTextElement(type.element) ? typeof value === 'string' : Array.isArray(value);
  }
}

function integerOf(type: IntegerSchema, value: bigint): string {
  const { base, bits } = type;
  if (base === 10) return String(value);
  const digits = BigInt.asUintN(bits, value).toString(base).toUpperCase();
  if (base === 16) return `0x${digits}`;
  if (base === 8) return `0${digits}`;
  return `0b${digits.padStart(bits, '0')}`;
}

function realOf(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function quote(text: string): string {
  return `"${text.replace(TO_ESCAPE, escape)}"`;
}

/** Text outside quotes: only what could disturb a terminal is escaped. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, escape);
}

function escape(character: string): string {
  const named = NAMED_ESCAPES[character];
  if (named !== undefined) return named;
  return `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`;
}
