/** Valid messages of a protocol side, drawn from its schema; boundaries of lengths and numbers come often. */
import fc from 'fast-check';
import * as v from 'valibot';
import { ringShape } from '../../src/wire/common.ts';
import { LIST_ENTRIES_MAX } from '../../src/wire/limits.ts';

/** Values by the name of their member; with them messages reach existing objects. */
export type Dictionary = Readonly<Record<string, readonly unknown[]>>;

/** The members that this file reads of a valibot schema or action; the library keeps them public. */
interface Part {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Part>>;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly item?: Part;
  readonly wrapped?: Part;
  readonly pipe?: readonly Part[];
  readonly requirement?: unknown;
}

const STRING_MAX = 64;
const LIST_MAX = 6;
const SHAPES = [4096, 8192, 65_536].flatMap((subbufferBytes) =>
  [2, 4].map((subbufferCount) => ({ subbufferBytes, subbufferCount, overwrite: false })),
);

/** Messages that `schema` accepts. */
export function validMessages(schema: v.GenericSchema, known: Dictionary): fc.Arbitrary<unknown> {
  return arbitraryOf(schema as unknown as Part, known, '').filter((value) => v.is(schema, value));
}

function arbitraryOf(part: Part, known: Dictionary, name: string): fc.Arbitrary<unknown> {
  const drawn = drawnOf(part, known);
  const words = known[name];
  return words === undefined
    ? drawn
    : fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 4 }, drawn);
}

function drawnOf(part: Part, known: Dictionary): fc.Arbitrary<unknown> {
  if (part === (ringShape as unknown)) return fc.constantFrom(...SHAPES);
  switch (part.type) {
    case 'object':
    case 'strict_object':
      return objectOf(part.entries ?? {}, known);
    case 'variant':
    case 'union':
      return fc.oneof(
        ...(part.options ?? []).map((option) => arbitraryOf(option as Part, known, '')),
      );
    case 'literal':
      return fc.constant(part.literal);
    case 'picklist':
      return fc.constantFrom(...(part.options ?? []));
    case 'boolean':
      return fc.boolean();
    case 'string':
      return stringOf(part.pipe ?? []);
    case 'number':
      return numberOf(part.pipe ?? []);
    case 'array':
      return listOf(part.item as Part, known);
    case 'optional':
    case 'exact_optional':
      return fc.option(arbitraryOf(part.wrapped as Part, known, ''), { nil: undefined });
    default:
      throw new Error(`no values for a schema of type ${part.type}`);
  }
}

function objectOf(
  entries: Readonly<Record<string, Part>>,
  known: Dictionary,
): fc.Arbitrary<unknown> {
  const members = Object.entries(entries).map(
    ([name, part]) => [name, arbitraryOf(part, known, name)] as const,
  );
  return fc.record(Object.fromEntries(members));
}

function listOf(item: Part, known: Dictionary): fc.Arbitrary<unknown> {
  const entry = arbitraryOf(item, known, '');
  const many = fc
    .tuple(entry, fc.constantFrom(LIST_ENTRIES_MAX, 100))
    .map(([value, count]) => new Array<unknown>(count).fill(value));
  return fc.oneof(
    { arbitrary: fc.array(entry, { maxLength: LIST_MAX }), weight: 20 },
    { arbitrary: many, weight: 1 },
  );
}

function requirement(pipe: readonly Part[], type: string): unknown {
  return pipe.find((action) => action.type === type)?.requirement;
}

function stringOf(pipe: readonly Part[]): fc.Arbitrary<string> {
  const max = (requirement(pipe, 'max_length') as number | undefined) ?? STRING_MAX;
  const min = (requirement(pipe, 'min_length') as number | undefined) ?? 0;
  const pattern = requirement(pipe, 'regex') as RegExp | undefined;
  const short = Math.min(max, STRING_MAX);
  const drawn =
    pattern === undefined || pattern.source.includes('\\P') || pattern.source.startsWith('^\\/')
      ? fc.string({ unit: 'grapheme', minLength: min, maxLength: short })
      : fc.stringMatching(pattern);
  const start = pattern?.source.startsWith('^\\/') === true ? '/' : '';
  const longest = fc
    .constantFrom('a', 'é', '漢')
    .map((unit) => (start + unit.repeat(max)).slice(0, max));
  return fc
    .oneof(
      { arbitrary: drawn.map((text) => (start + text).slice(0, max)), weight: 15 },
      { arbitrary: longest, weight: 1 },
    )
    .filter((text) => text.length >= min && (pattern === undefined || pattern.test(text)));
}

function numberOf(pipe: readonly Part[]): fc.Arbitrary<number> {
  const min = (requirement(pipe, 'min_value') as number | undefined) ?? Number.MIN_SAFE_INTEGER;
  const max = (requirement(pipe, 'max_value') as number | undefined) ?? Number.MAX_SAFE_INTEGER;
  return fc.oneof(
    { arbitrary: fc.integer({ min, max: Math.min(max, min + 20) }), weight: 6 },
    { arbitrary: fc.integer({ min, max }), weight: 1 },
    { arbitrary: fc.constantFrom(min, max), weight: 1 },
  );
}
