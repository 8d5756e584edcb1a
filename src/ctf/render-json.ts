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
 * - `host`, `process`, `pid`: from the trace's environment, absent where it does not say; `logLevel`: the name, or
 *   the number where it has no name, absent where the class has none
 * - `context`: all contexts in one object, from the packet's to the event class's
 * - integers: numbers from -(2^53-1) to 2^53-1, beyond that decimal digits in a string
 * - reals: numbers, or "NaN", "Infinity", "-Infinity"
 * - enumerations: {"value":2,"labels":["on"]}, labels empty when there are none; booleans: true, false
 * - variants: what they hold; sequences and arrays: arrays, of characters: strings
 *
 * A problem that concerns no stream (a trace that cannot be opened) has neither timestamp nor stream.
 */
import type { EventMessage, EventShape, Instant, TraceMessage } from './message.ts';
import { LOG_LEVELS } from './model.ts';
import { PACKET_COUNTERS } from './packet.ts';
import { isBoolean, labelsOf, lengthFields } from './plain.ts';
import type { MessageRenderer } from './render.ts';
import { isTextElement, type StructSchema, type TypeSchema } from './tsdl/types.ts';
import type { FieldValue, StructValue, VariantValue } from './values.ts';

type Renderer = (value: FieldValue) => string;

interface CompiledShape {
  /** From the comma after the timestamp to the colon of `context`. */
  readonly head: string;
  readonly contexts: readonly { readonly part: ContextPart; readonly members: Renderer }[];
  readonly fields: Renderer;
}
type ContextPart = 'packetContext' | 'commonContext' | 'specificContext';

/** For so many values an enumeration remembers its text. */
const KNOWN_VALUES_MAX = 4096;
const LOG_LEVEL_NAMES = new Map<number, string>(
  Object.entries(LOG_LEVELS).map(([name, level]) => [level, name]),
);

export function createJsonRenderer(): MessageRenderer {
  const shapes = new WeakMap<EventShape, CompiledShape>();

  function renderEvent(event: EventMessage): string {
    const { shape } = event;
    let compiled = shapes.get(shape);
    if (compiled === undefined) {
      compiled = compileShape(shape);
      shapes.set(shape, compiled);
    }
    let context = '';
    for (const { part, members } of compiled.contexts) {
      const text = members(event[part]);
      if (text !== '') context += context === '' ? text : `,${text}`;
    }
    const fields = compiled.fields(event.fields);
    return `{"kind":"event","timestamp":"${digitsOf(event.time)}"${compiled.head}{${context}},"fields":{${fields}}}`;
  }

  return {
    message: (message: TraceMessage) => {
      if (message.kind === 'event') return renderEvent(message);
      const { kind, streamFile: stream } = message;
      const timestamp = digitsOf(message.time);
      if (kind === 'problem') {
        const { text, fatal } = message;
        return JSON.stringify({ kind, timestamp, text, fatal, stream });
      }
      const until = digitsOf(message.until);
      return JSON.stringify({ kind, timestamp, until, count: String(message.count), stream });
    },
    problem: (text) => JSON.stringify({ kind: 'problem', text, fatal: true }),
  };
}

function compileShape(shape: EventShape): CompiledShape {
  const { hostname: host, procname: process, vpid: pid } = shape.source.environment;
  const { name, logLevel: level } = shape;
  const logLevel = level === undefined ? undefined : (LOG_LEVEL_NAMES.get(level) ?? level);
  const known = { host, process, pid: typeof pid === 'bigint' ? String(pid) : pid, name, logLevel };
  const contexts: { part: ContextPart; members: Renderer }[] = [];
  const add = (part: ContextPart, type: StructSchema | undefined): void => {
    if (type !== undefined) contexts.push({ part, members: compileMembers(type, part) });
  };
  add('packetContext', shape.packetContextType);
  add('commonContext', shape.commonContextType);
  add('specificContext', shape.specificContextType);
  return {
    head: `,${JSON.stringify(known).slice(1, -1)},"context":`,
    contexts,
    fields: shape.fieldsType === undefined ? () => '' : compileMembers(shape.fieldsType),
  };
}

/** The members of a struct without its braces. */
function compileMembers(type: StructSchema, part?: ContextPart): Renderer {
  const hidden = lengthFields(type);
  const members: { index: number; prefix: string; render: Renderer }[] = [];
  for (const [index, field] of type.fields.entries()) {
    if (hidden.has(field.name)) continue;
    if (part === 'packetContext' && PACKET_COUNTERS.has(field.name)) continue;
    const comma = members.length === 0 ? '' : ',';
    const prefix = `${comma}${JSON.stringify(field.displayName)}:`;
    members.push({ index, prefix, render: compileType(field.type) });
  }
  return (values) => {
    let text = '';
    for (const { index, prefix, render } of members) {
      text += prefix + render((values as StructValue)[index] as FieldValue);
    }
    return text;
  };
}

function compileType(type: TypeSchema): Renderer {
  switch (type.kind) {
    case 'integer':
      return integerOf as Renderer;
    case 'float':
      return realOf as Renderer;
    case 'string':
      return JSON.stringify;
    case 'enum': {
      const hasBooleans = isBoolean(type);
      return remember((value) => {
        if (hasBooleans && (value === 0 || value === 1)) return String(value === 1);
        const labels = JSON.stringify(labelsOf(type, value));
        return `{"value":${integerOf(value)},"labels":${labels}}`;
      });
    }
    case 'struct': {
      const members = compileMembers(type);
      return (value) => `{${members(value)}}`;
    }
    case 'variant': {
      const options = type.options.map((option) => compileType(option.type));
      return (value) => {
        const held = value as VariantValue;
        return (options[held.option] as Renderer)(held.value);
      };
    }
    case 'array':
    case 'sequence': {
      if (isTextElement(type.element)) return JSON.stringify;
      const element = compileType(type.element);
      return (value) => `[${(value as readonly FieldValue[]).map(element).join(',')}]`;
    }
  }
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

function integerOf(value: number | bigint): string {
  return typeof value === 'number' ? String(value) : `"${value}"`;
}

function realOf(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}

function digitsOf({ seconds, nanoseconds }: Instant): string {
  if (seconds < 0) return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
  return seconds === 0 ? String(nanoseconds) : `${seconds}${String(nanoseconds).padStart(9, '0')}`;
}
