/**
 * Goal: whatever a trace contains, its text is lines of visible characters and its JSON keeps the documented kinds.
 * Method: messages made by hand, with arbitrary text wherever a trace can have text, and integers of every width.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visible } from '../../../../src/base/visible.ts';
import type { EventMessage, TraceMessage } from '../../../../src/ctf/read/message.ts';
import type {
  IntegerSchema,
  StructSchema,
  TypeSchema,
} from '../../../../src/ctf/read/tsdl/types.ts';
import type { FieldValue } from '../../../../src/ctf/read/values.ts';
import { type MessageRenderer, renderLine } from '../../../../src/view/render.ts';
import { createJsonRenderer } from '../../../../src/view/render-json.ts';
import { createTextRenderer } from '../../../../src/view/render-text.ts';
import { Utf8Output } from '../../../../src/view/utf8-output.ts';

const TIME = { seconds: 1, nanoseconds: 2 };
const SIZE = { nodes: 1, depth: 1 };

function integer(bits: number, signed = false): IntegerSchema {
  return { kind: 'integer', bits, alignBits: 8, signed, base: 10, isText: false, byteOrder: 'le' };
}

function structOf(types: Readonly<Record<string, TypeSchema>>): StructSchema {
  const fields = Object.entries(types).map(([name, type]) => ({ name, displayName: name, type }));
  return { kind: 'struct', fields, alignBits: 8, size: SIZE };
}

interface Texts {
  readonly host: string;
  readonly process: string;
  readonly directory: string;
  readonly event: string;
  readonly field: string;
  readonly value: string;
  readonly label: string;
}

function eventOf(
  types: StructSchema,
  fields: FieldValue[],
  texts: Partial<Texts> = {},
): EventMessage {
  const { host = 'h', process = 'p', directory = '/d', event = 'e' } = texts;
  return {
    kind: 'event',
    time: TIME,
    shape: {
      id: 0,
      name: event,
      source: { directory, environment: { hostname: host, procname: process, vpid: 7 } },
      fieldsType: types,
    },
    streamFile: `${directory}/stream`,
    packetContext: [],
    commonContext: [],
    specificContext: [],
    fields,
  };
}

/** Every kind of message, with these texts wherever text can be. */
function messagesOf(texts: Texts): readonly TraceMessage[] {
  const { directory, field, value, label } = texts;
  const labels: TypeSchema = {
    kind: 'enum',
    container: integer(8),
    mappings: [{ label, lowest: 1n, highest: 1n }],
  };
  const characters: TypeSchema = {
    kind: 'array',
    element: { ...integer(8), isText: true },
    length: 4,
    size: SIZE,
  };
  const types = structOf({ [field]: { kind: 'string' }, of: labels, in: characters });
  const event = eventOf(types, [value, 1, value], texts);
  const rest = { time: TIME, source: event.shape.source, streamFile: `${directory}/stream` };
  return [
    event,
    { kind: 'problem', text: `${value} is damaged`, fatal: true, ...rest },
    { kind: 'discarded-events', until: TIME, count: 2n, ...rest },
  ];
}

function problemLine(renderer: MessageRenderer, text: string): string {
  const output = new Utf8Output(64);
  renderer.problem(text, output);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(output.take()).slice(0, -1);
}

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\u001b[2J', '\u0007', '\n', '\u0085', '\u009b', '\u202e', '\u2066', '\u2028'),
    fc.constantFrom('\ufeff', '\u{e0041}', '\u200b', '\ud800', '\udc00', '"', '\\', '</script>'),
    fc.string({ unit: 'binary', maxLength: 2 }),
  ),
  maxLength: 12,
});
const texts: fc.Arbitrary<Texts> = fc.record({
  host: anyText,
  process: anyText,
  directory: anyText,
  event: anyText,
  field: anyText.filter((name) => name !== 'of' && name !== 'in'),
  value: anyText,
  label: anyText,
});

describe('text from a trace', () => {
  test('is one line of visible characters', () => {
    fc.assert(
      fc.property(texts, (drawn) => {
        const renderer = createTextRenderer();
        for (const message of messagesOf(drawn)) {
          const line = renderLine(renderer, message);
          expect(visible(line)).toBe(line);
        }
        const line = problemLine(renderer, drawn.value);
        expect(visible(line)).toBe(line);
      }),
    );
  });

  test('is visible in JSON, and the same text for a parser', () => {
    fc.assert(
      fc.property(texts, (drawn) => {
        const renderer = createJsonRenderer();
        const lines = messagesOf(drawn).map((message) => renderLine(renderer, message));
        lines.push(problemLine(renderer, drawn.value));
        for (const line of lines) expect(visible(line)).toBe(line);
        const [event, problem] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
        const { host, process, event: name, field, value, label } = drawn;
        const given = [
          [field, value],
          ['of', { value: 1, labels: [label] }],
          ['in', value],
        ] as const;
        expect(event).toMatchObject({ host, process, name });
        const shown = new Map(Object.entries(event?.['fields'] ?? {}));
        expect(shown).toEqual(new Map<string, unknown>(given));
        expect(problem).toMatchObject({ text: `${value} is damaged` });
      }),
    );
  });
});

describe('an integer in JSON', () => {
  const WIDTHS = Array.from({ length: 64 }, (_, index) => index + 1);
  const fieldOf = (type: TypeSchema, value: FieldValue): unknown => {
    const line = renderLine(createJsonRenderer(), eventOf(structOf({ x: type }), [value]));
    return (JSON.parse(line) as { fields: { x: unknown } }).fields.x;
  };
  /** What a decoder returns for it: a number if that is exact. */
  const decoded = (value: bigint): number | bigint =>
    Number.isSafeInteger(Number(value)) ? Number(value) : value;
  const extremesOf = (bits: number, signed: boolean): bigint[] =>
    signed
      ? [-(2n ** BigInt(bits - 1)), 0n, 2n ** BigInt(bits - 1) - 1n]
      : [0n, 1n, 2n ** BigInt(bits) - 1n];

  test.each([false, true])('is a number up to 53 bits, and text above (signed: %s)', (signed) => {
    for (const bits of WIDTHS) {
      for (const value of extremesOf(bits, signed)) {
        const shown = bits <= 53 ? Number(value) : String(value);
        expect(fieldOf(integer(bits, signed), decoded(value))).toBe(shown);
      }
    }
  });

  test('is so in an enumeration, too', () => {
    for (const bits of WIDTHS) {
      for (const value of extremesOf(bits, false)) {
        const type: TypeSchema = { kind: 'enum', container: integer(bits), mappings: [] };
        const shown = bits <= 53 ? Number(value) : String(value);
        expect(fieldOf(type, decoded(value))).toEqual({ value: shown, labels: [] });
      }
    }
  });

  test('of a process is a number, or absent when it is none', () => {
    const environmentOf = (environment: Readonly<Record<string, number | bigint | string>>) => {
      const event = eventOf(structOf({}), []);
      const source = { ...event.shape.source, environment };
      const line = renderLine(createJsonRenderer(), {
        ...event,
        shape: { ...event.shape, source },
      });
      const { host, process, pid } = JSON.parse(line) as Record<string, unknown>;
      return { host, process, pid };
    };
    expect(environmentOf({ hostname: 1, procname: 2, vpid: 3 })).toEqual({
      host: '1',
      process: '2',
      pid: 3,
    });
    expect(environmentOf({ vpid: 2n ** 60n })).toEqual({});
    expect(environmentOf({ vpid: '3' })).toEqual({});
  });
});
