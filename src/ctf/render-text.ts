/**
 * Messages as lines of text, in the form of babeltrace2's text output, with times of day in UTC:
 *
 * ```
 * [06:15:30.000000123] (+0.000000100) host:app:(42) my:event: { vtid = 43 }, { x = 1, s = "a" }
 * ```
 *
 * The parts in braces are what the packet context holds besides counters, the contexts of stream and event
 * class, and the fields. Losses and problems are lines that begin with a word and a colon.
 *
 * Two things differ from babeltrace2: reals are written so that no digit is lost (it keeps six), and control
 * characters beyond ASCII are escaped too, so that no trace can steer a terminal.
 */
import { calendarTime } from '../base/calendar.ts';
import {
  compareInstants,
  type EventMessage,
  type EventShape,
  type Instant,
  nanosecondsOf,
  type TraceMessage,
} from './message.ts';
import { PACKET_COUNTERS } from './packet.ts';
import { labelsOf } from './plain.ts';
import type { MessageRenderer } from './render.ts';
import {
  type FieldSchema,
  type IntegerSchema,
  isTextElement,
  type StructSchema,
  type TypeSchema,
} from './tsdl/types.ts';
import type { FieldValue, StructValue, VariantValue } from './values.ts';

export interface TextOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** `[2026-11-23 06:15:30.000000123]`: dates before times of day. */
  readonly dates?: boolean;
  /** How a real is written. */
  readonly formatReal?: (value: number, bits: 32 | 64) => string;
}

type Renderer = (value: FieldValue) => string;

interface Style {
  readonly name: (text: string) => string;
  readonly field: (text: string) => string;
  readonly value: (text: string) => string;
  readonly label: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly formatReal: (value: number, bits: 32 | 64) => string;
}

/** The renderers of an event class in one trace. */
interface CompiledShape {
  /** `host:app:(42) my:event: `. */
  readonly head: string;
  readonly packetContext: Renderer;
  readonly commonContext: Renderer;
  readonly specificContext: Renderer;
  readonly fields: Renderer;
}

const RESET = '\u001b[0m';
const KNOWN_VALUES_MAX = 4096;
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
const CONTROL = /\p{Cc}/gu;
const PLAIN_TEXT = /^[ !#-&(->@-[\]-~]*$/;

export function createTextRenderer(options: TextOptions = {}): MessageRenderer {
  const style = styleOf(options);
  const clock = createTimeFormat(options.dates === true);
  const shapes = new WeakMap<EventShape, CompiledShape>();
  let previous: Instant | undefined;
  /** Text of the packet context shown last: events of one packet share it. */
  let contextValues: StructValue | undefined;
  let contextText = '';

  function renderEvent(event: EventMessage): string {
    const { shape, time, packetContext } = event;
    let compiled = shapes.get(shape);
    if (compiled === undefined) {
      compiled = compileShape(shape, style);
      shapes.set(shape, compiled);
    }
    if (packetContext !== contextValues) {
      contextValues = packetContext;
      contextText = compiled.packetContext(packetContext);
    }
    const before = previous;
    previous = time;
    const context =
      contextText +
      compiled.commonContext(event.commonContext) +
      compiled.specificContext(event.specificContext);
    const fields = compiled.fields(event.fields);
    return `[${clock(time)}] (${difference(time, before)}) ${compiled.head}${context}${fields}`;
  }

  return {
    message: (message: TraceMessage) => {
      if (message.kind === 'event') return renderEvent(message);
      if (message.kind === 'problem') {
        const word = message.fatal ? 'problem' : 'note';
        return style.warning(`${word}: ${plain(message.text)}`);
      }
      const { kind, count } = message;
      const noun = kind.slice('discarded-'.length, count === 1n ? -1 : undefined);
      const between = `between [${clock(message.time)}] and [${clock(message.until)}]`;
      return style.warning(
        `warning: ${count} ${noun} discarded ${between} in ${plain(message.streamFile)}`,
      );
    },
    problem: (text) => style.warning(`problem: ${plain(text)}`),
  };
}

function styleOf(options: TextOptions): Style {
  const paint =
    (code: number) =>
    (text: string): string =>
      options.color === true ? `\u001b[${code}m${text}${RESET}` : text;
  return {
    name: paint(35),
    field: paint(36),
    value: paint(1),
    label: paint(1),
    warning: paint(33),
    formatReal: options.formatReal ?? formatReal,
  };
}

function compileShape(shape: EventShape, style: Style): CompiledShape {
  const { hostname, procname, vpid } = shape.source.environment;
  let origin = hostname === undefined ? '' : plain(String(hostname));
  if (procname !== undefined) origin += `:${plain(String(procname))}`;
  if (vpid !== undefined) origin += `:(${plain(String(vpid))})`;
  if (origin !== '') origin += ' ';
  const { fieldsType } = shape;
  return {
    head: `${origin}${style.name(plain(shape.name))}: `,
    packetContext: compileContext(shape.packetContextType, style, PACKET_COUNTERS),
    commonContext: compileContext(shape.commonContextType, style),
    specificContext: compileContext(shape.specificContextType, style),
    fields: fieldsType === undefined ? () => '{ }' : compileStruct(fieldsType.fields, style),
  };
}

/** A context with the comma after it; nothing where it has no member. */
function compileContext(
  type: StructSchema | undefined,
  style: Style,
  hidden: ReadonlySet<string> = new Set(),
): Renderer {
  const shown = (type?.fields ?? []).some((field) => !hidden.has(field.name));
  if (type === undefined || !shown) return () => '';
  const render = compileStruct(type.fields, style, hidden);
  return (values) => `${render(values)}, `;
}

function compileStruct(
  fields: readonly FieldSchema[],
  style: Style,
  hidden: ReadonlySet<string> = new Set(),
): Renderer {
  const members: { index: number; prefix: string; render: Renderer }[] = [];
  for (const [index, field] of fields.entries()) {
    if (hidden.has(field.name)) continue;
    const open = members.length === 0 ? '{ ' : ', ';
    const prefix = `${open}${style.field(plain(field.displayName))} = `;
    members.push({ index, prefix, render: compileType(field.type, style) });
  }
  if (members.length === 0) return () => '{ }';
  return (values) => {
    let text = '';
    for (const { index, prefix, render } of members) {
      text += prefix + render((values as StructValue)[index] as FieldValue);
    }
    return `${text} }`;
  };
}

function compileType(type: TypeSchema, style: Style): Renderer {
  switch (type.kind) {
    case 'integer':
      return (value) => style.value(integerOf(type, value as number | bigint));
    case 'float':
      return (value) => style.value(style.formatReal(value as number, type.bits));
    case 'string':
      return (value) => style.value(quote(value as string));
    case 'enum':
      return remember((value) => {
        const labels = labelsOf(type, value).map((label) => style.label(quote(label)));
        const list = labels.length === 0 ? '<unknown>' : labels.join(', ');
        return `( ${list} : container = ${style.value(integerOf(type.container, value))} )`;
      });
    case 'struct':
      return compileStruct(type.fields, style);
    case 'variant': {
      const options = type.options.map((option) => compileType(option.type, style));
      return (value) => {
        const held = value as VariantValue;
        return `{ ${(options[held.option] as Renderer)(held.value)} }`;
      };
    }
    case 'array':
    case 'sequence':
      return compileList(type.element, style);
  }
}

function compileList(element: TypeSchema, style: Style): Renderer {
  if (isTextElement(element)) return (value) => style.value(quote(value as string));
  const render = compileType(element, style);
  return (values) => {
    let text = '';
    for (const [index, value] of (values as readonly FieldValue[]).entries()) {
      text += `${index === 0 ? '' : ','} [${index}] = ${render(value)}`;
    }
    return `[${text} ]`;
  };
}

function remember(render: (value: number | bigint) => string): Renderer {
  const known = new Map<FieldValue, string>();
  return (value) => {
    let text = known.get(value);
    if (text === undefined) {
      text = render(value as number | bigint);
      if (known.size < KNOWN_VALUES_MAX) known.set(value, text);
    }
    return text;
  };
}

/** Digits other than decimal ones show the bits: of a negative value as many as whole digits take. */
function integerOf({ base, bits }: IntegerSchema, value: number | bigint): string {
  if (base === 10) return String(value);
  const bitsPerDigit = base === 16 ? 4 : base === 8 ? 3 : 1;
  const shownBits = Math.min(64, Math.ceil(bits / bitsPerDigit) * bitsPerDigit);
  const digits = BigInt.asUintN(shownBits, BigInt(value)).toString(base).toUpperCase();
  if (base === 16) return `0x${digits}`;
  if (base === 8) return `0${digits}`;
  return `0b${digits.padStart(bits, '0')}`;
}

/** The shortest text from which the same value of so many bits can be read again. */
function formatReal(value: number, bits: 32 | 64): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0';
  if (bits === 64 || Number.isInteger(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}

/** `06:15:30.000000123`, with the date before it or not. Neighbouring instants share most of the text. */
function createTimeFormat(dates: boolean): (time: Instant) => string {
  let second = Number.NaN;
  let text = '';
  return ({ seconds, nanoseconds }) => {
    if (seconds !== second) {
      second = seconds;
      const time = calendarTime(nanosecondsOf({ seconds, nanoseconds: 0 }));
      const clock = `${pad(time.hour)}:${pad(time.minute)}:${pad(time.second)}`;
      const date = `${String(time.year).padStart(4, '0')}-${pad(time.month)}-${pad(time.day)}`;
      text = dates ? `${date} ${clock}.` : `${clock}.`;
    }
    return text + nineDigits(nanoseconds);
  };
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function nineDigits(nanoseconds: number): string {
  return nanoseconds >= 100_000_000 ? String(nanoseconds) : String(nanoseconds).padStart(9, '0');
}

function difference(time: Instant, previous: Instant | undefined): string {
  if (previous === undefined) return '+?.?????????';
  const isBack = compareInstants(time, previous) < 0;
  const [from, to] = isBack ? [time, previous] : [previous, time];
  let seconds = to.seconds - from.seconds;
  let nanoseconds = to.nanoseconds - from.nanoseconds;
  if (nanoseconds < 0) {
    seconds--;
    nanoseconds += 1_000_000_000;
  }
  return `${isBack ? '-' : '+'}${seconds}.${nineDigits(nanoseconds)}`;
}

function quote(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : `"${text.replace(TO_ESCAPE, escape)}"`;
}

/** Text outside quotes: only what could disturb a terminal is escaped. */
function plain(text: string): string {
  return text.replace(CONTROL, escape);
}

function escape(character: string): string {
  const named = NAMED_ESCAPES[character];
  if (named !== undefined) return named;
  return `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`;
}
