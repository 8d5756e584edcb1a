/** Parses TSDL's type expressions: all that may stand before a field's name. Throws `TsdlError`. */
import { Scope } from './scope.ts';
import type { AttributeValue, TokenStream } from './token-stream.ts';
import {
  ALIGN_BITS_MAX,
  alignmentOf,
  type ByteOrder,
  type EnumMapping,
  type EnumSchema,
  type FieldSchema,
  type FloatSchema,
  type IntegerSchema,
  type StructSchema,
  sizeAround,
  TYPE_DEPTH_MAX,
  TYPE_NODES_MAX,
  type TypeSchema,
  type TypeSize,
  type VariantSchema,
} from './types.ts';

const ARRAY_LENGTH_MAX = 2 ** 32 - 1;
const BASIC_TYPE_WORDS = new Set(
  'char short int long float double signed unsigned void _Bool _Complex _Imaginary'.split(' '),
);
const BYTE_ORDERS: Readonly<Record<string, ByteOrder>> = {
  native: 'native',
  network: 'be',
  be: 'be',
  le: 'le',
};

/** A type without the arrays of its declarator. `depth` counts the structs and variants around it. */
export function parseType(tokens: TokenStream, scope: Scope, depth: number): TypeSchema {
  if (depth > TYPE_DEPTH_MAX) tokens.fail(`types nest deeper than ${TYPE_DEPTH_MAX}`);
  while (tokens.takes('const'));
  if (tokens.takes('integer')) return integerType(tokens);
  if (tokens.takes('floating_point')) return floatType(tokens);
  if (tokens.takes('string')) return stringType(tokens);
  if (tokens.takes('struct')) return parseStruct(tokens, scope, depth);
  if (tokens.takes('variant')) return parseVariant(tokens, scope, depth);
  if (tokens.takes('enum')) return parseEnum(tokens, scope, depth);
  const name = parseTypeName(tokens);
  return scope.alias(name) ?? tokens.fail(`type ${name} is not declared`);
}

/** The name of an alias: one identifier, or C's words for numbers, with stars. */
function parseTypeName(tokens: TokenStream): string {
  while (tokens.takes('const'));
  const words = [tokens.word('a type')];
  while (BASIC_TYPE_WORDS.has(words.at(-1) as string) && BASIC_TYPE_WORDS.has(tokens.peek().text)) {
    words.push(tokens.next().text);
  }
  while (tokens.sees('*') || tokens.sees('const')) {
    const { text } = tokens.next();
    if (text === '*') words.push(text);
  }
  return words.join(' ');
}

/** `NAME[3][length]`: the field's name and its type with the arrays around `type`. */
export function parseDeclarator(tokens: TokenStream, type: TypeSchema): FieldSchema {
  const name = tokens.word('a name');
  const lengths: (number | string[])[] = [];
  while (tokens.takes('[')) {
    lengths.push(arrayLength(tokens));
    tokens.expect(']');
  }
  const whole = wrapInArrays(tokens, type, lengths);
  return { name, displayName: withoutUnderscore(name), type: whole };
}

/** Wraps `type` in arrays in C's order: the first length is the outermost. */
function wrapInArrays(
  tokens: TokenStream,
  type: TypeSchema,
  lengths: readonly (number | string[])[],
): TypeSchema {
  let whole = type;
  for (const length of lengths.toReversed()) {
    const size = checkedSize(tokens, [whole]);
    whole =
      typeof length === 'number'
        ? { kind: 'array', element: whole, length, size }
        : { kind: 'sequence', element: whole, length, size };
  }
  return whole;
}

function arrayLength(tokens: TokenStream): number | string[] {
  if (tokens.peek().kind === 'word') return tokens.path('a length');
  const length = tokens.number('the length of an array');
  if (length < 0n || length > ARRAY_LENGTH_MAX) tokens.fail('the length of an array is too large');
  return Number(length);
}

function withoutUnderscore(name: string): string {
  return name.length > 1 && name.startsWith('_') ? name.slice(1) : name;
}

/** `typedef TYPE a, b;` and `typealias TYPE := NAME;` after their first word, and bare named types. */
export function parseTypeDeclaration(tokens: TokenStream, scope: Scope, depth: number): boolean {
  if (tokens.takes('typedef')) {
    const type = parseType(tokens, scope, depth);
    do {
      const declared = parseDeclarator(tokens, type);
      scope.defineAlias(declared.name, declared.type);
    } while (tokens.takes(','));
  } else if (tokens.takes('typealias')) {
    let type = parseType(tokens, scope, depth);
    if (!tokens.sees(':=')) type = parseAbstractArrays(tokens, type);
    tokens.expect(':=');
    scope.defineAlias(parseTypeName(tokens), type);
  } else {
    return false;
  }
  tokens.expect(';');
  return true;
}

/** Arrays after an aliased type, with or without a name, which has no meaning. */
function parseAbstractArrays(tokens: TokenStream, type: TypeSchema): TypeSchema {
  if (tokens.peek().kind === 'word') return parseDeclarator(tokens, type).type;
  const lengths: number[] = [];
  while (tokens.takes('[')) {
    const length = arrayLength(tokens);
    if (typeof length !== 'number') return tokens.fail('a type alias is a sequence');
    lengths.push(length);
    tokens.expect(']');
  }
  return wrapInArrays(tokens, type, lengths);
}

function parseStruct(tokens: TokenStream, scope: Scope, depth: number): StructSchema {
  const name =
    tokens.peek().kind === 'word' && !tokens.sees('align') ? tokens.next().text : undefined;
  if (!tokens.sees('{')) {
    const known = name === undefined ? undefined : scope.struct(name);
    return known ?? tokens.fail(`struct ${name ?? ''} is not declared`);
  }
  const fields = parseFields(tokens, new Scope(scope), depth + 1);
  let alignBits = fields.reduce((most, field) => Math.max(most, alignmentOf(field.type)), 1);
  if (tokens.takes('align')) {
    tokens.expect('(');
    alignBits = Math.max(alignBits, alignment(tokens, tokens.number('an alignment')));
    tokens.expect(')');
  }
  const struct: StructSchema = {
    kind: 'struct',
    fields,
    alignBits,
    size: sizeOfFields(tokens, fields),
  };
  if (name !== undefined) scope.defineNamed(name, struct);
  return struct;
}

function parseVariant(tokens: TokenStream, scope: Scope, depth: number): VariantSchema {
  const name = tokens.peek().kind === 'word' ? tokens.next().text : undefined;
  let tag: string[] = [];
  if (tokens.takes('<')) {
    tag = tokens.path('the tag of a variant');
    tokens.expect('>');
  }
  if (!tokens.sees('{')) {
    const known = name === undefined ? undefined : scope.variant(name);
    if (known === undefined) return tokens.fail(`variant ${name ?? ''} is not declared`);
    return tag.length === 0 ? known : { ...known, tag };
  }
  const options = parseFields(tokens, new Scope(scope), depth + 1);
  const variant: VariantSchema = {
    kind: 'variant',
    tag,
    options,
    size: sizeOfFields(tokens, options),
  };
  if (name !== undefined) scope.defineNamed(name, variant);
  return variant;
}

function sizeOfFields(tokens: TokenStream, fields: readonly FieldSchema[]): TypeSize {
  return checkedSize(
    tokens,
    fields.map((field) => field.type),
  );
}

function checkedSize(tokens: TokenStream, parts: readonly TypeSchema[]): TypeSize {
  const size = sizeAround(parts);
  if (size.nodes > TYPE_NODES_MAX) tokens.fail(`a type has more than ${TYPE_NODES_MAX} parts`);
  if (size.depth > TYPE_DEPTH_MAX) tokens.fail(`types nest deeper than ${TYPE_DEPTH_MAX}`);
  return size;
}

/** The fields between braces. All keep their leading underscores if two fields would have equal names without. */
function parseFields(tokens: TokenStream, scope: Scope, depth: number): FieldSchema[] {
  tokens.expect('{');
  const fields: FieldSchema[] = [];
  const names = new Set<string>();
  while (!tokens.takes('}')) {
    if (tokens.takes(';') || parseTypeDeclaration(tokens, scope, depth)) continue;
    const type = parseType(tokens, scope, depth);
    if (tokens.takes(';')) continue;
    do {
      const field = parseDeclarator(tokens, type);
      if (names.has(field.name)) tokens.fail(`field ${field.name} is declared twice`);
      names.add(field.name);
      fields.push(field);
    } while (tokens.takes(','));
    tokens.expect(';');
  }
  const shown = new Set(fields.map(({ displayName }) => displayName));
  if (shown.size === fields.length) return fields;
  return fields.map((field) => ({ ...field, displayName: field.name }));
}

function parseEnum(tokens: TokenStream, scope: Scope, depth: number): EnumSchema {
  const name = tokens.peek().kind === 'word' ? tokens.next().text : undefined;
  let container: TypeSchema | undefined;
  if (tokens.takes(':')) container = parseType(tokens, scope, depth + 1);
  if (!tokens.sees('{')) {
    const known = name === undefined ? undefined : scope.enum(name);
    return known ?? tokens.fail(`enum ${name ?? ''} is not declared`);
  }
  container ??= scope.alias('int');
  if (container?.kind !== 'integer') return tokens.fail('an enumeration is not over an integer');
  const type: EnumSchema = { kind: 'enum', container, mappings: parseMappings(tokens) };
  if (name !== undefined) scope.defineNamed(name, type);
  return type;
}

function parseMappings(tokens: TokenStream): EnumMapping[] {
  tokens.expect('{');
  const mappings: EnumMapping[] = [];
  let following = 0n;
  while (!tokens.takes('}')) {
    const { kind, text: label } = tokens.next();
    if (kind !== 'word' && kind !== 'text') tokens.fail('a label of an enumeration is missing');
    let lowest = following;
    let highest = following;
    if (tokens.takes('=')) {
      lowest = tokens.number('the value of a label');
      highest = tokens.takes('...') ? tokens.number('the end of a range') : lowest;
    }
    if (highest < lowest) tokens.fail('a range of an enumeration runs backwards');
    mappings.push({ label, lowest, highest });
    following = highest + 1n;
    if (!tokens.takes(',') && !tokens.sees('}')) tokens.fail("',' is missing");
  }
  return mappings;
}

/** `{ key = value; ... }`. */
export function parseAttributes(tokens: TokenStream): Map<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>();
  tokens.expect('{');
  while (!tokens.takes('}')) {
    const name = tokens.path('an attribute').join('.');
    tokens.expect('=');
    attributes.set(name, tokens.value(`the value of ${name}`));
    tokens.expect(';');
  }
  return attributes;
}

function integerType(tokens: TokenStream): IntegerSchema {
  const attributes = parseAttributes(tokens);
  const bits = attributes.get('size');
  if (typeof bits !== 'bigint' || bits < 1n || bits > 64n) {
    return tokens.fail('an integer has a size outside 1 to 64 bits');
  }
  const map = attributes.get('map');
  const clock = Array.isArray(map) && map[0] === 'clock' ? (map[1] as string) : undefined;
  return {
    kind: 'integer',
    bits: Number(bits),
    alignBits: alignment(tokens, attributes.get('align') ?? (bits % 8n === 0n ? 8n : 1n)),
    signed: isTrue(attributes.get('signed')),
    base: displayBase(attributes.get('base')),
    isText: isTextEncoding(attributes.get('encoding')),
    byteOrder: byteOrder(tokens, attributes.get('byte_order')),
    ...(clock === undefined ? {} : { clock }),
  };
}

function floatType(tokens: TokenStream): FloatSchema {
  const attributes = parseAttributes(tokens);
  const exponent = attributes.get('exp_dig');
  const mantissa = attributes.get('mant_dig');
  const isSingle = exponent === 8n && mantissa === 24n;
  if (!isSingle && !(exponent === 11n && mantissa === 53n)) {
    return tokens.fail('a floating-point number has neither 32 nor 64 bits');
  }
  return {
    kind: 'float',
    bits: isSingle ? 32 : 64,
    alignBits: alignment(tokens, attributes.get('align') ?? 8n),
    byteOrder: byteOrder(tokens, attributes.get('byte_order')),
  };
}

/** The schema does not keep the encoding: ASCII is UTF-8 too. */
function stringType(tokens: TokenStream): TypeSchema {
  if (tokens.sees('{')) parseAttributes(tokens);
  return { kind: 'string' };
}

function alignment(tokens: TokenStream, value: AttributeValue): number {
  if (
    typeof value !== 'bigint' ||
    value < 1n ||
    value > ALIGN_BITS_MAX ||
    (value & (value - 1n)) !== 0n
  ) {
    return tokens.fail(`an alignment is not a power of two up to ${ALIGN_BITS_MAX}`);
  }
  return Number(value);
}

export function byteOrder(tokens: TokenStream, value: AttributeValue | undefined): ByteOrder {
  if (value === undefined) return 'native';
  const order = BYTE_ORDERS[wordOf(value)];
  return order ?? tokens.fail('a byte order is none of native, network, be and le');
}

function isTrue(value: AttributeValue | undefined): boolean {
  if (value === undefined) return false;
  return typeof value === 'bigint' ? value !== 0n : /^true$/i.test(wordOf(value));
}

function isTextEncoding(value: AttributeValue | undefined): boolean {
  return value !== undefined && /^(utf-?8|ascii)$/i.test(wordOf(value));
}

function displayBase(value: AttributeValue | undefined): IntegerSchema['base'] {
  switch (value === undefined ? '' : wordOf(value)) {
    case '2':
    case 'binary':
    case 'b':
      return 2;
    case '8':
    case 'octal':
    case 'oct':
    case 'o':
      return 8;
    case '16':
    case 'hexadecimal':
    case 'hex':
    case 'x':
    case 'X':
    case 'p':
      return 16;
    default:
      return 10;
  }
}

function wordOf(value: AttributeValue): string {
  return typeof value === 'object' ? value.join('.') : String(value);
}
