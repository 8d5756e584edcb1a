/**
 * Messages as lines of text, in the form of babeltrace2's text output, with times of day in UTC:
 *
 * ```
 * [06:15:30.000000123] (+0.000000100) host:app:(42) my:event: { vtid = 43 }, { x = 1, s = "a" }
 * ```
 *
 * The parts in braces are the packet context without its counters, the contexts of stream and event class, and
 * the fields. Lines for losses and problems begin with a word and a colon.
 *
 * Two differences from babeltrace2: reals keep all digits (babeltrace2 prints six), and all characters that
 * `src/base/visible.ts` does not show are escaped, not only those of ASCII, so that no trace can steer a terminal.
 */
import { calendarTime } from '../base/calendar.ts';
import { NS_PER_SECOND } from '../base/time.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import { visible } from '../base/visible.ts';
import { PACKET_COUNTERS } from '../ctf/packet.ts';
import {
  compareInstants,
  type EventMessage,
  type EventShape,
  type Instant,
  nanosecondsOf,
} from '../ctf/read/message.ts';
import { labelsOf } from '../ctf/read/plain.ts';
import {
  type FieldSchema,
  type IntegerSchema,
  isTextElement,
  type StructSchema,
  type TypeSchema,
} from '../ctf/read/tsdl/types.ts';
import type { FieldValue, StructValue, VariantValue } from '../ctf/read/values.ts';
import type { MessageRenderer } from './render.ts';
import { specialCharacters, Utf8Output } from './utf8-output.ts';

export interface TextOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** Dates before times of day: `[2026-11-23 06:15:30.000000123]`. */
  readonly dates?: boolean;
  /** The text of a real. */
  readonly formatReal?: (value: number, bits: 32 | 64) => string;
}

type Renderer = (output: Utf8Output, value: FieldValue) => void;

interface Style {
  readonly name: (text: string) => string;
  readonly field: (text: string) => string;
  readonly warning: (text: string) => string;
  /** Colour codes around values; empty without colours. */
  readonly beforeValue: Uint8Array;
  readonly afterValue: Uint8Array;
  readonly formatReal: (value: number, bits: 32 | 64) => string;
}

/** The renderers of an event class in one trace. */
interface CompiledShape {
  /** `) host:app:(42) my:event: `. */
  readonly head: Uint8Array;
  readonly packetContext: Renderer;
  readonly commonContext: Renderer;
  readonly specificContext: Renderer;
  readonly fields: Renderer;
}

const RESET = '\u001b[0m';
const BOLD = '\u001b[1m';
const KNOWN_VALUES_MAX = 4096;
/** Between quotes, babeltrace2 escapes these too. */
const QUOTES = /[\\'"?]/g;
const SPECIAL = specialCharacters('\\\'"?');
const OPEN = encodeUtf8('[');
const BETWEEN = encodeUtf8('] (');
const NO_BEFORE = encodeUtf8('+?.?????????');
const EMPTY = encodeUtf8('{ }');
const END = encodeUtf8(' }');
const COMMA = encodeUtf8(', ');
const NEWLINE = encodeUtf8('\n');
const NO_NAMES: ReadonlySet<string> = new Set();

export function createTextRenderer(options: TextOptions = {}): MessageRenderer {
  const style = styleOf(options);
  const writeTime = createTimeFormat(options.dates === true);
  const shapes = new WeakMap<EventShape, CompiledShape>();
  let previous: Instant | undefined;
  /** Text of packet contexts: the events of a packet share it. */
  const packetTexts = new WeakMap<StructValue, Uint8Array>();

  function renderEvent(event: EventMessage, output: Utf8Output): void {
    const { shape, time, packetContext } = event;
    let compiled = shapes.get(shape);
    if (compiled === undefined) {
      compiled = compileShape(shape, style);
      shapes.set(shape, compiled);
    }
    let packetText = packetTexts.get(packetContext);
    if (packetText === undefined) {
      const text = new Utf8Output(256);
      compiled.packetContext(text, packetContext);
      packetText = text.take();
      packetTexts.set(packetContext, packetText);
    }
    output.raw(OPEN);
    writeTime(output, time);
    output.raw(BETWEEN);
    writeDifference(output, time, previous);
    previous = time;
    output.raw(compiled.head);
    output.raw(packetText);
    compiled.commonContext(output, event.commonContext);
    compiled.specificContext(output, event.specificContext);
    compiled.fields(output, event.fields);
    output.raw(NEWLINE);
  }

  function timeOf(time: Instant): string {
    const output = new Utf8Output(64);
    writeTime(output, time);
    return String.fromCharCode(...output.take());
  }

  return {
    message: (message, output) => {
      if (message.kind === 'event') return renderEvent(message, output);
      if (message.kind === 'problem') {
        const word = message.fatal ? 'problem' : 'note';
        output.text(`${style.warning(`${word}: ${visible(message.text)}`)}\n`);
        return;
      }
      const { kind, count, time, until } = message;
      const noun = kind.slice('discarded-'.length, count === 1n ? -1 : undefined);
      const between = `between [${timeOf(time)}] and [${timeOf(until)}]`;
      const text = `warning: ${count} ${noun} discarded ${between} in ${visible(message.streamFile)}`;
      output.text(`${style.warning(text)}\n`);
    },
    problem: (text, output) => output.text(`${style.warning(`problem: ${visible(text)}`)}\n`),
  };
}

function styleOf({ color = false, formatReal = shortestReal }: TextOptions): Style {
  const paint =
    (code: number) =>
    (text: string): string =>
      color ? `\u001b[${code}m${text}${RESET}` : text;
  return {
    name: paint(35),
    field: paint(36),
    warning: paint(33),
    beforeValue: encodeUtf8(color ? BOLD : ''),
    afterValue: encodeUtf8(color ? RESET : ''),
    formatReal,
  };
}

function compileShape(shape: EventShape, style: Style): CompiledShape {
  const { hostname, procname, vpid } = shape.source.environment;
  let origin = hostname === undefined ? '' : visible(String(hostname));
  if (procname !== undefined) origin += `:${visible(String(procname))}`;
  if (vpid !== undefined) origin += `:(${visible(String(vpid))})`;
  if (origin !== '') origin += ' ';
  return {
    head: encodeUtf8(`) ${origin}${style.name(visible(shape.name))}: `),
    packetContext: compileContext(shape.packetContextType, style, PACKET_COUNTERS),
    commonContext: compileContext(shape.commonContextType, style),
    specificContext: compileContext(shape.specificContextType, style),
    fields: compileStruct(shape.fieldsType?.fields ?? [], style),
  };
}

/** A context with the comma after it; no text if the context has no member. */
function compileContext(
  type: StructSchema | undefined,
  style: Style,
  hidden: ReadonlySet<string> = NO_NAMES,
): Renderer {
  const shown = (type?.fields ?? []).some((field) => !hidden.has(field.name));
  if (type === undefined || !shown) return () => {};
  const render = compileStruct(type.fields, style, hidden);
  return (output, values) => {
    render(output, values);
    output.raw(COMMA);
  };
}

function compileStruct(
  fields: readonly FieldSchema[],
  style: Style,
  hidden: ReadonlySet<string> = NO_NAMES,
): Renderer {
  const members: { index: number; prefix: Uint8Array; render: Renderer }[] = [];
  for (const [index, field] of fields.entries()) {
    if (hidden.has(field.name)) continue;
    const open = members.length === 0 ? '{ ' : ', ';
    const prefix = encodeUtf8(`${open}${style.field(visible(field.displayName))} = `);
    members.push({ index, prefix, render: compileType(field.type, style) });
  }
  if (members.length === 0) return (output) => output.raw(EMPTY);
  return (output, values) => {
    for (const { index, prefix, render } of members) {
      output.raw(prefix);
      render(output, (values as StructValue)[index] as FieldValue);
    }
    output.raw(END);
  };
}

function compileType(type: TypeSchema, style: Style): Renderer {
  switch (type.kind) {
    case 'integer':
      return emphasize(style, compileInteger(type));
    case 'float': {
      const { bits } = type;
      const { formatReal } = style;
      return emphasize(style, (output, value) => output.text(formatReal(value as number, bits)));
    }
    case 'string':
      return emphasize(style, writeText as Renderer);
    case 'enum':
      return compileEnum(type.container, style, (value) => labelsOf(type, value));
    case 'struct':
      return compileStruct(type.fields, style);
    case 'variant': {
      const options = type.options.map((option) => compileType(option.type, style));
      return (output, value) => {
        const held = value as VariantValue;
        output.text('{ ');
        (options[held.option] as Renderer)(output, held.value);
        output.raw(END);
      };
    }
    case 'array':
    case 'sequence':
      return compileList(type.element, style);
  }
}

function compileInteger(type: IntegerSchema): Renderer {
  if (type.base !== 10) {
    return (output, value) => output.text(integerOf(type, value as number | bigint));
  }
  return (output, value) => output.integer(value as number | bigint);
}

function compileEnum(
  container: IntegerSchema,
  style: Style,
  labelsOfValue: (value: number | bigint) => string[],
): Renderer {
  const known = new Map<FieldValue, Uint8Array>();
  const render = emphasize(style, compileInteger(container));
  return (output, value) => {
    let labels = known.get(value);
    if (labels === undefined) {
      const quoted = labelsOfValue(value as number | bigint).map(quote);
      const list = quoted.length === 0 ? '<unknown>' : quoted.join(', ');
      labels = encodeUtf8(`( ${list} : container = `);
      if (known.size < KNOWN_VALUES_MAX) known.set(value, labels);
    }
    output.raw(labels);
    render(output, value);
    output.text(' )');
  };
}

function compileList(element: TypeSchema, style: Style): Renderer {
  if (isTextElement(element)) return emphasize(style, writeText as Renderer);
  const render = compileType(element, style);
  return (output, values) => {
    output.raw(OPEN);
    for (const [index, value] of (values as readonly FieldValue[]).entries()) {
      output.text(index === 0 ? ' [' : ', [');
      output.integer(index);
      output.text('] = ');
      render(output, value);
    }
    output.text(' ]');
  };
}

function emphasize({ beforeValue, afterValue }: Style, render: Renderer): Renderer {
  if (beforeValue.length === 0) return render;
  return (output, value) => {
    output.raw(beforeValue);
    render(output, value);
    output.raw(afterValue);
  };
}

/** Digits of other bases than ten show the bits: a negative value in two's complement, padded to whole digits. */
function integerOf({ base, bits }: IntegerSchema, value: number | bigint): string {
  const bitsPerDigit = base === 16 ? 4 : base === 8 ? 3 : 1;
  const shownBits = Math.min(64, Math.ceil(bits / bitsPerDigit) * bitsPerDigit);
  const digits = BigInt.asUintN(shownBits, BigInt(value)).toString(base).toUpperCase();
  if (base === 16) return `0x${digits}`;
  if (base === 8) return `0${digits}`;
  return `0b${digits.padStart(bits, '0')}`;
}

/** The shortest text that a reader converts back to the same value of `bits` bits. */
function shortestReal(value: number, bits: 32 | 64): string {
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

/** `06:15:30.000000123`, optionally with the date. Neighbouring instants share most of the text. */
function createTimeFormat(dates: boolean): (output: Utf8Output, time: Instant) => void {
  let second = Number.NaN;
  let bytes: Uint8Array = new Uint8Array(0);
  return (output, { seconds, nanoseconds }) => {
    if (seconds !== second) {
      second = seconds;
      const time = calendarTime(nanosecondsOf({ seconds, nanoseconds: 0 }));
      const clock = `${pad(time.hour)}:${pad(time.minute)}:${pad(time.second)}`;
      const date = `${String(time.year).padStart(4, '0')}-${pad(time.month)}-${pad(time.day)}`;
      bytes = encodeUtf8(dates ? `${date} ${clock}.` : `${clock}.`);
    }
    output.raw(bytes);
    output.digits(nanoseconds, 9);
  };
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function writeDifference(output: Utf8Output, time: Instant, previous: Instant | undefined): void {
  if (previous === undefined) return output.raw(NO_BEFORE);
  const isBack = compareInstants(time, previous) < 0;
  const from = isBack ? time : previous;
  const to = isBack ? previous : time;
  let seconds = to.seconds - from.seconds;
  let nanoseconds = to.nanoseconds - from.nanoseconds;
  if (nanoseconds < 0) {
    seconds--;
    nanoseconds += NS_PER_SECOND;
  }
  output.text(isBack ? '-' : '+');
  output.integer(seconds);
  output.text('.');
  output.digits(nanoseconds, 9);
}

function writeText(output: Utf8Output, text: string): void {
  output.text('"');
  if (!output.plain(text, SPECIAL)) output.text(escaped(text));
  output.text('"');
}

function quote(text: string): string {
  return `"${escaped(text)}"`;
}

function escaped(text: string): string {
  return visible(text.replace(QUOTES, '\\$&'));
}
