/**
 * Turns type schemas into decoders: functions that read one value at a {@link Cursor}. Lengths of sequences
 * and tags of variants name other fields; such a field gets a slot in the cursor, filled whenever it is
 * decoded, and the sequence or variant reads the slot.
 */
import { fail, ok, type Result } from '../base/result.ts';
import { decodeUtf8 } from '../base/utf8.ts';
import type { Cursor } from './cursor.ts';
import {
  alignmentOf,
  type ClockSchema,
  type EnumSchema,
  type FieldSchema,
  type IntegerSchema,
  isTextElement,
  type SequenceSchema,
  type StructSchema,
  type TypeSchema,
  type VariantSchema,
} from './tsdl/types.ts';
import { type EnumValue, type FieldStruct, type FieldValue, NUMBER_BITS_MAX } from './values.ts';

export type Decoder = (cursor: Cursor) => FieldValue;
export type StructDecoder = (cursor: Cursor) => FieldStruct;

/** The parts of a packet that paths may begin with, in the order in which they lie there. */
export const SCOPE_ROOTS = [
  'trace.packet.header',
  'stream.packet.context',
  'stream.event.header',
  'stream.event.context',
  'event.context',
  'event.fields',
] as const;
export type ScopeRoot = (typeof SCOPE_ROOTS)[number];

/** Where an enumeration's small values keep their labelled objects. */
const ENUM_CACHE_MAX = 4096;

/** A field that a path can lead to. */
interface Entry {
  readonly type: TypeSchema;
  /** Slots of the struct's fields; -1: none asked for. */
  readonly slots: Int32Array;
  readonly index: number;
  frame: Frame | undefined;
}

interface Frame {
  readonly entries: Map<string, Entry>;
  readonly parent: Frame | undefined;
}

/** Gives out slots; one per trace, since cursors are shared between its stream classes. */
export class SlotCounter {
  private count = 0;
  next(): number {
    return this.count++;
  }
}

/** Why a type cannot be decoded. Thrown inside this file alone. */
class CompileError extends Error {}

/**
 * Compiles the parts of one packet or event, in order. `fork` gives a compiler that knows the parts so far, so
 * that every event class can follow the same header.
 */
export class TypeCompiler {
  private readonly little: boolean;
  private readonly clocks: ReadonlyMap<string, ClockSchema>;
  private readonly slotCounter: SlotCounter;
  private readonly roots: Map<ScopeRoot, Frame>;

  constructor(
    little: boolean,
    clocks: ReadonlyMap<string, ClockSchema>,
    slotCounter: SlotCounter,
    roots: ReadonlyMap<ScopeRoot, Frame> = new Map(),
  ) {
    this.little = little;
    this.clocks = clocks;
    this.slotCounter = slotCounter;
    this.roots = new Map(roots);
  }

  fork(): TypeCompiler {
    return new TypeCompiler(this.little, this.clocks, this.slotCounter, this.roots);
  }

  /** A decoder of the struct at `root`; the error is one sentence. */
  compile(root: ScopeRoot, type: StructSchema): Result<StructDecoder, string> {
    try {
      const { decode, frame } = this.struct(type, undefined, root);
      this.roots.set(root, frame);
      return ok(decode);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      return fail(error.message);
    }
  }

  private struct(
    type: StructSchema,
    parent: Frame | undefined,
    root: ScopeRoot,
  ): { decode: StructDecoder; frame: Frame } {
    const frame: Frame = { entries: new Map(), parent };
    const slots = new Int32Array(type.fields.length).fill(-1);
    const hidden = new Set<number>();
    const decoders = type.fields.map((field, index) => {
      const entry: Entry = { type: field.type, slots, index, frame: undefined };
      const decode = this.field(field, frame, entry, root);
      frame.entries.set(field.name, entry);
      if (isPacketRoot(root) && isTagType(field.type)) slots[index] = this.slotCounter.next();
      const length = lengthFieldOf(type, field);
      if (length >= 0) hidden.add(length);
      return decode;
    });
    return { decode: structDecoder(type, decoders, slots, hidden), frame };
  }

  private field(field: FieldSchema, frame: Frame, entry: Entry, root: ScopeRoot): Decoder {
    if (field.type.kind === 'struct') {
      const struct = this.struct(field.type, frame, root);
      entry.frame = struct.frame;
      return struct.decode;
    }
    const decode = this.type(field.type, frame, root);
    const isId = root === 'stream.event.header' && field.name === 'id' && isTagType(field.type);
    return isId ? eventIdDecoder(decode) : decode;
  }

  private type(type: TypeSchema, frame: Frame, root: ScopeRoot): Decoder {
    switch (type.kind) {
      case 'integer':
        return this.integer(type);
      case 'float': {
        const { bits, alignBits } = type;
        const little = this.isLittle(type.byteOrder);
        return (cursor) => {
          cursor.align(alignBits);
          return cursor.float(bits, little);
        };
      }
      case 'enum':
        return this.enumeration(type);
      case 'string':
        return decodeString;
      case 'struct':
        return this.struct(type, frame, root).decode;
      case 'variant':
        return this.variant(type, frame, root);
      case 'array':
        return this.array(type.element, () => type.length, frame, root);
      case 'sequence':
        return this.sequence(type, frame, root);
    }
  }

  private integer(type: IntegerSchema): Decoder {
    const { bits, alignBits, signed } = type;
    const little = this.isLittle(type.byteOrder);
    if (type.clock !== undefined && this.clocks.has(type.clock)) return timestamp(type, little);
    if (bits > NUMBER_BITS_MAX) {
      return (cursor) => {
        cursor.align(alignBits);
        const value = cursor.unsignedBig(bits, little);
        return signed ? BigInt.asIntN(bits, value) : value;
      };
    }
    const half = 2 ** (bits - 1);
    return (cursor) => {
      cursor.align(alignBits);
      const value = cursor.unsigned(bits, little);
      return signed && value >= half ? value - 2 * half : value;
    };
  }

  private enumeration(type: EnumSchema): Decoder {
    const container = this.integer(type.container);
    if (isBoolean(type)) {
      return (cursor) => {
        const value = container(cursor);
        return value === 0 || value === 1 ? value === 1 : { value: value as number, labels: [] };
      };
    }
    const cache = new Map<number | bigint, EnumValue>();
    return (cursor) => {
      const value = container(cursor) as number | bigint;
      const known = cache.get(value);
      if (known !== undefined) return known;
      const big = BigInt(value);
      const labels = type.mappings
        .filter(({ lowest, highest }) => lowest <= big && big <= highest)
        .map(({ label }) => label);
      const labelled = { value, labels };
      if (cache.size < ENUM_CACHE_MAX) cache.set(value, labelled);
      return labelled;
    };
  }

  private array(
    element: TypeSchema,
    length: (cursor: Cursor) => number,
    frame: Frame,
    root: ScopeRoot,
  ): Decoder {
    if (isTextElement(element)) return textDecoder(length);
    const decode = this.type(element, frame, root);
    const alignBits = alignmentOf(element);
    return (cursor) => {
      cursor.align(alignBits);
      const count = length(cursor);
      const values: FieldValue[] = [];
      for (let index = 0; index < count && !cursor.failed; index++) {
        cursor.spend();
        values.push(decode(cursor));
      }
      return values;
    };
  }

  private sequence(type: SequenceSchema, frame: Frame, root: ScopeRoot): Decoder {
    const target = this.resolve(type.length, frame, root);
    const slot = this.slotOf(target, type.length);
    if (target.type.kind !== 'integer' || target.type.signed) {
      throw new CompileError(
        `${type.length.join('.')} is the length of a sequence and not unsigned`,
      );
    }
    return this.array(type.element, (cursor) => Number(cursor.slots[slot] ?? 0), frame, root);
  }

  private variant(type: VariantSchema, frame: Frame, root: ScopeRoot): Decoder {
    if (type.tag.length === 0) throw new CompileError('A variant has no tag');
    const target = this.resolve(type.tag, frame, root);
    const slot = this.slotOf(target, type.tag);
    if (target.type.kind !== 'enum') {
      throw new CompileError(
        `${type.tag.join('.')} is the tag of a variant and not an enumeration`,
      );
    }
    const options = new Map(
      type.options.map((option) => {
        const entry: Entry = {
          type: option.type,
          slots: new Int32Array(1),
          index: 0,
          frame: undefined,
        };
        return [option.name, this.field(option, frame, entry, root)];
      }),
    );
    const ranges = target.type.mappings.flatMap(({ label, lowest, highest }) => {
      const decode = options.get(label) ?? options.get(`_${label}`);
      return decode === undefined ? [] : [{ decode, lowest, highest }];
    });
    return (cursor) => {
      const value = cursor.slots[slot];
      const tag = integerIn(value);
      const range = ranges.find(({ lowest, highest }) => lowest <= tag && tag <= highest);
      if (range !== undefined) return range.decode(cursor);
      cursor.problem ??= `no option of a variant is selected by ${type.tag.join('.')} = ${tag}`;
      return 0;
    };
  }

  private slotOf(entry: Entry, path: readonly string[]): number {
    if (!isTagType(entry.type)) throw new CompileError(`${path.join('.')} is not an integer`);
    const slot = entry.slots[entry.index] as number;
    if (slot >= 0) return slot;
    const added = this.slotCounter.next();
    entry.slots[entry.index] = added;
    return added;
  }

  /** The field that `path` means: absolute, or the nearest one declared before, outwards. */
  private resolve(path: readonly string[], frame: Frame, root: ScopeRoot): Entry {
    const dotted = path.join('.');
    for (const name of SCOPE_ROOTS) {
      if (!dotted.startsWith(`${name}.`)) continue;
      const start = name === root ? outermost(frame) : this.roots.get(name);
      const found = descend(start, path.slice(name.split('.').length));
      if (found) return found;
    }
    for (let scope: Frame | undefined = frame; scope !== undefined; scope = scope.parent) {
      const found = descend(scope, path);
      if (found) return found;
    }
    for (const name of SCOPE_ROOTS.toReversed()) {
      const found = descend(this.roots.get(name), path);
      if (found) return found;
    }
    throw new CompileError(`${dotted} names no field before the one that needs it`);
  }

  private isLittle(order: IntegerSchema['byteOrder']): boolean {
    return order === 'native' ? this.little : order === 'le';
  }
}

function structDecoder(
  type: StructSchema,
  decoders: readonly Decoder[],
  slots: Int32Array,
  hidden: ReadonlySet<number>,
): StructDecoder {
  const { alignBits } = type;
  const names = type.fields.map(({ displayName }, index) =>
    hidden.has(index) ? undefined : displayName,
  );
  return (cursor) => {
    cursor.align(alignBits);
    const values: Record<string, FieldValue> = {};
    for (let index = 0; index < decoders.length && !cursor.failed; index++) {
      cursor.spend();
      const value = (decoders[index] as Decoder)(cursor);
      const slot = slots[index] as number;
      if (slot >= 0) cursor.slots[slot] = value;
      const name = names[index];
      if (name === undefined) continue;
      if (name === '__proto__') defineOwn(values, name, value);
      else values[name] = value;
    }
    return values;
  };
}

function defineOwn(into: object, name: string, value: FieldValue): void {
  Object.defineProperty(into, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Index of the field that only says how long `field` is, by LTTng's convention `_NAME_length`; -1: none. */
function lengthFieldOf(struct: StructSchema, field: FieldSchema): number {
  if (!isCountedSequence(field)) return -1;
  return struct.fields.findIndex(({ name }) => name === `_${field.name}_length`);
}

/**
 * Whether `field` is a sequence whose length field tells nothing that the decoded array does not: such a
 * length is left out of decoded structs. Text keeps it, since text ends at a NUL.
 */
export function isCountedSequence(field: FieldSchema): boolean {
  const { type, name } = field;
  return (
    type.kind === 'sequence' &&
    type.length.length === 1 &&
    type.length[0] === `_${name}_length` &&
    !isTextElement(type.element)
  );
}

/** Whether values of `type` are booleans: see `values.ts`. */
export function isBoolean(type: EnumSchema): boolean {
  const { container, mappings } = type;
  const [no, yes] = mappings;
  return (
    container.bits === 8 &&
    !container.signed &&
    mappings.length === 2 &&
    no?.label === 'false' &&
    no.lowest === 0n &&
    no.highest === 0n &&
    yes?.label === 'true' &&
    yes.lowest === 1n &&
    yes.highest === 1n
  );
}

function isPacketRoot(root: ScopeRoot): boolean {
  return root === 'trace.packet.header' || root === 'stream.packet.context';
}

function isTagType(type: TypeSchema): boolean {
  return type.kind === 'integer' || type.kind === 'enum';
}

function outermost(frame: Frame): Frame {
  let scope = frame;
  while (scope.parent !== undefined) scope = scope.parent;
  return scope;
}

function descend(frame: Frame | undefined, path: readonly string[]): Entry | undefined {
  let scope = frame;
  let entry: Entry | undefined;
  for (const name of path) {
    entry = scope?.entries.get(name);
    if (entry === undefined) return undefined;
    scope = entry.frame;
  }
  return entry;
}

/** The integer in a decoded integer or enumeration. */
export function integerIn(value: FieldValue | undefined): bigint {
  if (typeof value === 'object' && 'value' in value) return integerIn((value as EnumValue).value);
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? BigInt(value)
    : 0n;
}

function eventIdDecoder(decode: Decoder): Decoder {
  return (cursor) => {
    const value = decode(cursor);
    cursor.eventId = Number(integerIn(value));
    return value;
  };
}

/** A timestamp of fewer than 64 bits holds the low bits of the first instant not before the last one. */
function timestamp(type: IntegerSchema, little: boolean): Decoder {
  const { bits, alignBits } = type;
  const span = 1n << BigInt(bits);
  const upper = BigInt.asUintN(64, -span);
  return (cursor) => {
    cursor.align(alignBits);
    const value = cursor.unsignedBig(bits, little);
    if (cursor.overrun) return 0n;
    if (bits === 64) {
      cursor.clock = value;
    } else {
      const next = (cursor.clock & upper) | value;
      cursor.clock = next < cursor.clock ? next + span : next;
    }
    return value;
  };
}

function decodeString(cursor: Cursor): string {
  cursor.align(8);
  return textFrom(cursor.bytesToNul());
}

function textDecoder(length: (cursor: Cursor) => number): Decoder {
  return (cursor) => {
    cursor.align(8);
    const bytes = cursor.take(length(cursor));
    const nul = bytes.indexOf(0);
    return textFrom(nul < 0 ? bytes : bytes.subarray(0, nul));
  };
}

/** Short ASCII, which most text is, needs no general decoder. */
const SHORT_TEXT_BYTES = 64;

function textFrom(bytes: Uint8Array): string {
  if (bytes.length > SHORT_TEXT_BYTES) return decodeUtf8(bytes);
  let text = '';
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte >= 0x80) return decodeUtf8(bytes);
    text += String.fromCharCode(byte);
  }
  return text;
}
