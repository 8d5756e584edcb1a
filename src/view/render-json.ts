/**
 * Messages as JSON, one object per line, members always in this order:
 *
 * ```
 * {"kind":"event","timestamp":"1767323045000000100","host":"web1","process":"app","pid":42,
 *  "name":"my:event","logLevel":"info","context":{"vtid":43},"fields":{"x":1,"s":"a"}}
 * {"kind":"discarded-events","timestamp":"...","until":"...","count":"3","stream":"/path/channel0_0"}
 * {"kind":"discarded-packets", ... the same}
 * {"kind":"problem","timestamp":"...","text":"...","fatal":true,"stream":"/path/channel0_0"}
 * ```
 *
 * - `timestamp`, `until`: nanoseconds since 1970-01-01T00:00:00Z, decimal digits in a string; `count`: likewise
 * - `host`, `process` (strings), `pid` (a number): from the trace's environment, absent if it has none; `logLevel`: the
 *   name, or the number if the level has no name, absent if the class has no level
 * - `context`: all contexts in one object, from the packet's to the event class's
 * - integers: the type decides, never the value. Up to 53 bits: numbers; wider: decimal digits in a string
 * - reals: numbers, or "NaN", "Infinity", "-Infinity"
 * - enumerations: {"value":2,"labels":["on"]}, with an empty list if the value has no label, the value like an integer;
 *   booleans: true, false
 * - variants: the selected option; sequences and arrays: arrays, those of characters: strings
 *
 * Strings have escapes for characters that `src/base/visible.ts` does not show.
 *
 * A problem that concerns no stream (a trace that cannot be opened) has neither timestamp nor stream.
 */
import { NS_PER_SECOND_BIGINT } from '../base/time.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import { visibleJson } from '../base/visible.ts';
import { PACKET_COUNTERS } from '../ctf/packet.ts';
import type { EventMessage, EventShape, Instant } from '../ctf/read/message.ts';
import { isBoolean, labelsOf, lengthFields } from '../ctf/read/plain.ts';
import {
  type IntegerSchema,
  isTextElement,
  type StructSchema,
  type TypeSchema,
} from '../ctf/read/tsdl/types.ts';
import type { FieldValue, StructValue, VariantValue } from '../ctf/read/values.ts';
import { LOG_LEVELS } from '../event/model.ts';
import type { MessageRenderer } from './render.ts';
import { specialCharacters, type Utf8Output } from './utf8-output.ts';

type Renderer = (output: Utf8Output, value: FieldValue) => void;

interface CompiledShape {
  /** From the quote after the timestamp to the brace of `context`. */
  readonly head: Uint8Array;
  readonly contexts: readonly { readonly part: ContextPart; readonly members: Renderer }[];
  readonly fields: Renderer;
}
type ContextPart = 'packetContext' | 'commonContext' | 'specificContext';

/** Bits of the largest integers that a double holds exactly. */
const DOUBLE_BITS = 53;
/** Number of values whose text an enumeration caches. */
const KNOWN_VALUES_MAX = 4096;
const LOG_LEVEL_NAMES = new Map<number, string>(
  Object.entries(LOG_LEVELS).map(([name, level]) => [level, name]),
);
const SPECIAL = specialCharacters('"\\');
const QUOTE = encodeUtf8('"');
const EVENT = encodeUtf8('{"kind":"event","timestamp":"');
const COMMA = encodeUtf8(',');
const FIELDS = encodeUtf8('},"fields":{');
const END = encodeUtf8('}}\n');

export function createJsonRenderer(): MessageRenderer {
  const shapes = new WeakMap<EventShape, CompiledShape>();

  function renderEvent(event: EventMessage, output: Utf8Output): void {
    const { shape } = event;
    let compiled = shapes.get(shape);
    if (compiled === undefined) {
      compiled = compileShape(shape);
      shapes.set(shape, compiled);
    }
    output.raw(EVENT);
    writeInstant(output, event.time);
    output.raw(compiled.head);
    let isFirst = true;
    for (const { part, members } of compiled.contexts) {
      if (!isFirst) output.raw(COMMA);
      isFirst = false;
      members(output, event[part]);
    }
    output.raw(FIELDS);
    compiled.fields(output, event.fields);
    output.raw(END);
  }

  return {
    message: (message, output) => {
      if (message.kind === 'event') return renderEvent(message, output);
      const { kind, streamFile: stream } = message;
      output.text(`{"kind":"${kind}","timestamp":"`);
      writeInstant(output, message.time);
      if (kind === 'problem') {
        const { text, fatal } = message;
        output.text(`",${visibleJson({ text, fatal, stream }).slice(1)}\n`);
        return;
      }
      output.text('","until":"');
      writeInstant(output, message.until);
      output.text(`",${visibleJson({ count: String(message.count), stream }).slice(1)}\n`);
    },
    problem: (text, output) => {
      output.text(`${visibleJson({ kind: 'problem', text, fatal: true })}\n`);
    },
  };
}

function compileShape(shape: EventShape): CompiledShape {
  const { hostname, procname, vpid } = shape.source.environment;
  const { name, logLevel: level } = shape;
  const logLevel = level === undefined ? undefined : (LOG_LEVEL_NAMES.get(level) ?? level);
  const known = {
    host: hostname === undefined ? undefined : String(hostname),
    process: procname === undefined ? undefined : String(procname),
    pid: typeof vpid === 'number' ? vpid : undefined,
    name,
    logLevel,
  };
  const contexts: { part: ContextPart; members: Renderer }[] = [];
  // A later part hides members of the same name: an object has each name once.
  const later: string[] = [];
  const add = (part: ContextPart, type: StructSchema | undefined): void => {
    const counters = part === 'packetContext' ? PACKET_COUNTERS : [];
    const members = type && compileMembers(type, [...counters, ...later]);
    if (members !== undefined) contexts.unshift({ part, members });
    for (const { displayName } of type?.fields ?? []) later.push(displayName);
  };
  add('specificContext', shape.specificContextType);
  add('commonContext', shape.commonContextType);
  add('packetContext', shape.packetContextType);
  return {
    head: encodeUtf8(`",${visibleJson(known).slice(1, -1)},"context":{`),
    contexts,
    fields: (shape.fieldsType && compileMembers(shape.fieldsType)) ?? (() => {}),
  };
}

/** The members of a struct without its braces; undefined if it has no member to show. */
function compileMembers(type: StructSchema, others: readonly string[] = []): Renderer | undefined {
  const hidden = lengthFields(type);
  const members: { index: number; prefix: Uint8Array; render: Renderer }[] = [];
  for (const [index, field] of type.fields.entries()) {
    if (hidden.has(field.name) || others.includes(field.displayName)) continue;
    const comma = members.length === 0 ? '' : ',';
    const prefix = encodeUtf8(`${comma}${visibleJson(field.displayName)}:`);
    members.push({ index, prefix, render: compileType(field.type) });
  }
  if (members.length === 0) return undefined;
  return (output, values) => {
    for (const { index, prefix, render } of members) {
      output.raw(prefix);
      render(output, (values as StructValue)[index] as FieldValue);
    }
  };
}

function compileType(type: TypeSchema): Renderer {
  switch (type.kind) {
    case 'integer':
      return compileInteger(type);
    case 'float':
      return (output, value) => output.text(realOf(value as number));
    case 'string':
      return writeText as Renderer;
    case 'enum': {
      const hasBooleans = isBoolean(type);
      return remember((value) => {
        if (hasBooleans && (value === 0 || value === 1)) return String(value === 1);
        const number = isWide(type.container) ? `"${value}"` : value;
        return `{"value":${number},"labels":${visibleJson(labelsOf(type, value))}}`;
      });
    }
    case 'struct': {
      const members = compileMembers(type);
      return (output, value) => {
        output.text('{');
        members?.(output, value);
        output.text('}');
      };
    }
    case 'variant': {
      const options = type.options.map((option) => compileType(option.type));
      return (output, value) => {
        const held = value as VariantValue;
        (options[held.option] as Renderer)(output, held.value);
      };
    }
    case 'array':
    case 'sequence':
      return compileList(type.element);
  }
}

function compileList(element: TypeSchema): Renderer {
  if (isTextElement(element)) return writeText as Renderer;
  const render = compileType(element);
  return (output, values) => {
    output.text('[');
    let isFirst = true;
    for (const value of values as readonly FieldValue[]) {
      if (!isFirst) output.raw(COMMA);
      isFirst = false;
      render(output, value);
    }
    output.text(']');
  };
}

function remember(render: (value: number | bigint) => string): Renderer {
  const known = new Map<FieldValue, Uint8Array>();
  return (output, value) => {
    let bytes = known.get(value);
    if (bytes === undefined) {
      bytes = encodeUtf8(render(value as number | bigint));
      if (known.size < KNOWN_VALUES_MAX) known.set(value, bytes);
    }
    output.raw(bytes);
  };
}

function compileInteger(type: IntegerSchema): Renderer {
  if (!isWide(type)) return (output, value) => output.integer(value as number);
  return (output, value) => {
    output.raw(QUOTE);
    output.integer(value as number | bigint);
    output.raw(QUOTE);
  };
}

/** Whether a double cannot hold every value of the type. */
function isWide({ bits }: IntegerSchema): boolean {
  return bits > DOUBLE_BITS;
}

function writeText(output: Utf8Output, text: string): void {
  output.text('"');
  if (output.plain(text, SPECIAL)) output.text('"');
  else output.text(visibleJson(text).slice(1));
}

function realOf(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Nanoseconds since the epoch. */
function writeInstant(output: Utf8Output, { seconds, nanoseconds }: Instant): void {
  if (seconds <= 0) {
    output.integer(BigInt(seconds) * NS_PER_SECOND_BIGINT + BigInt(nanoseconds));
    return;
  }
  output.integer(seconds);
  output.digits(nanoseconds, 9);
}
