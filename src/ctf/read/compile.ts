/**
 * Compiles type schemas into decoders: functions that read one value at a {@link Cursor}. Lengths of sequences
 * and tags of variants name other fields. Such a field has a slot in the cursor: its decoder fills the slot, and
 * the decoder of the sequence or variant reads it.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Cursor } from './cursor.ts';
import { decodeString, textDecoder } from './decode-text.ts';
import {
  alignmentOf,
  type ClockSchema,
  type FieldSchema,
  type IntegerSchema,
  isTextElement,
  type SequenceSchema,
  type StructSchema,
  sizeAround,
  type TypeSchema,
  type VariantSchema,
} from './tsdl/types.ts';
import type { FieldValue, StructValue } from './values.ts';

export type Decoder = (cursor: Cursor) => FieldValue;
export type StructDecoder = (cursor: Cursor) => StructValue;

/** The parts of a packet with which a path may begin, in their order in the packet. */
const SCOPE_ROOTS = [
  'trace.packet.header',
  'stream.packet.context',
  'stream.event.header',
  'stream.event.context',
  'event.context',
  'event.fields',
] as const;
export type ScopeRoot = (typeof SCOPE_ROOTS)[number];

/** A wider integer becomes a bigint if a number would not be exact. */
const NUMBER_BITS_MAX = 53;
/** Number of tag values for which a variant caches the option. */
const KNOWN_TAGS_MAX = 4096;

/** A field that a path can lead to. */
interface Entry {
  readonly type: TypeSchema;
  /** Slots of the struct's fields; -1: no slot. */
  readonly slots: Int32Array;
  readonly index: number;
  frame: Frame | undefined;
}

interface Frame {
  readonly entries: Map<string, Entry>;
  readonly parent: Frame | undefined;
}

/** Allocates slots; one counter per trace, since its stream classes share cursors. */
export class SlotCounter {
  #count = 0;
  next(): number {
    return this.#count++;
  }
}

/** Why a type cannot be decoded. Thrown inside this file alone. */
class CompileError extends Error {}

/**
 * Compiles the parts of one packet or event, in order. `fork` returns a compiler that knows the parts so far, so
 * that every event class can follow the same header.
 */
export class TypeCompiler {
  readonly #little: boolean;
  readonly #clocks: ReadonlyMap<string, ClockSchema>;
  readonly #slotCounter: SlotCounter;
  readonly #roots: Map<ScopeRoot, Frame>;

  constructor(
    little: boolean,
    clocks: ReadonlyMap<string, ClockSchema>,
    slotCounter: SlotCounter,
    roots: ReadonlyMap<ScopeRoot, Frame> = new Map(),
  ) {
    this.#little = little;
    this.#clocks = clocks;
    this.#slotCounter = slotCounter;
    this.#roots = new Map(roots);
  }

  fork(): TypeCompiler {
    return new TypeCompiler(this.#little, this.#clocks, this.#slotCounter, this.#roots);
  }

  /** A decoder of the struct at `root`; the error is one sentence. */
  compile(root: ScopeRoot, type: StructSchema): Result<StructDecoder, string> {
    try {
      const { decode, frame } = this.#struct(type, undefined, root);
      this.#roots.set(root, frame);
      return ok(decode);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      return fail(error.message);
    }
  }

  #struct(
    type: StructSchema,
    parent: Frame | undefined,
    root: ScopeRoot,
  ): { decode: StructDecoder; frame: Frame } {
    const frame: Frame = { entries: new Map(), parent };
    const slots = new Int32Array(type.fields.length).fill(-1);
    const decoders = type.fields.map((field, index) => {
      const entry: Entry = { type: field.type, slots, index, frame: undefined };
      const decode = this.#field(field, frame, entry, root);
      frame.entries.set(field.name, entry);
      // An event class is compiled after the header of its first event is decoded: too late for slots in the header.
      const isOfEventClass = root === 'event.context' || root === 'event.fields';
      if (!isOfEventClass && isTagType(field.type)) slots[index] = this.#slotCounter.next();
      return decode;
    });
    const make = isUnseen(root) ? unseenStructDecoder : structDecoder;
    return { decode: make(type.alignBits, decoders, slots), frame };
  }

  #field(field: FieldSchema, frame: Frame, entry: Entry, root: ScopeRoot): Decoder {
    if (field.type.kind === 'struct') {
      const struct = this.#struct(field.type, frame, root);
      entry.frame = struct.frame;
      return struct.decode;
    }
    const decode = this.#type(field.type, frame, root);
    const isId = root === 'stream.event.header' && field.name === 'id' && isTagType(field.type);
    return isId ? eventIdDecoder(decode) : decode;
  }

  #type(type: TypeSchema, frame: Frame, root: ScopeRoot): Decoder {
    switch (type.kind) {
      case 'integer':
        return this.#integer(type);
      case 'float': {
        const { bits, alignBits } = type;
        const little = this.#isLittle(type.byteOrder);
        return (cursor) => {
          cursor.align(alignBits);
          return cursor.float(bits, little);
        };
      }
      case 'enum':
        return this.#integer(type.container);
      case 'string':
        return decodeString;
      case 'struct':
        return this.#struct(type, frame, root).decode;
      case 'variant':
        return this.#variant(type, frame, root);
      case 'array':
        return this.#array(type.element, () => type.length, frame, root);
      case 'sequence':
        return this.#sequence(type, frame, root);
    }
  }

  #integer(type: IntegerSchema): Decoder {
    const { bits, alignBits, signed } = type;
    const little = this.#isLittle(type.byteOrder);
    if (type.clock !== undefined && this.#clocks.has(type.clock)) {
      return (cursor) => {
        cursor.align(alignBits);
        return cursor.timestamp(bits, little);
      };
    }
    if (bits > NUMBER_BITS_MAX) {
      return (cursor) => {
        cursor.align(alignBits);
        return cursor.wide(bits, little, signed);
      };
    }
    if (!signed) {
      return (cursor) => {
        cursor.align(alignBits);
        return cursor.unsigned(bits, little);
      };
    }
    const half = 2 ** (bits - 1);
    return (cursor) => {
      cursor.align(alignBits);
      const value = cursor.unsigned(bits, little);
      return value >= half ? value - 2 * half : value;
    };
  }

  #array(
    element: TypeSchema,
    length: (cursor: Cursor) => number,
    frame: Frame,
    root: ScopeRoot,
  ): Decoder {
    if (isTextElement(element)) return textDecoder(length);
    const decode = this.#type(element, frame, root);
    const alignBits = alignmentOf(element);
    const parts = sizeAround([element]).nodes;
    return (cursor) => {
      cursor.align(alignBits);
      const count = length(cursor);
      const values: FieldValue[] = [];
      for (let index = 0; index < count && !cursor.failed; index++) {
        cursor.spend(parts);
        values.push(decode(cursor));
      }
      return values;
    };
  }

  #sequence(type: SequenceSchema, frame: Frame, root: ScopeRoot): Decoder {
    const target = this.#resolve(type.length, frame, root);
    const slot = this.#slotOf(target, type.length);
    if (target.type.kind !== 'integer' || target.type.signed) {
      const path = type.length.join('.');
      throw new CompileError(`${path} is the length of a sequence and not an unsigned integer`);
    }
    return this.#array(type.element, (cursor) => Number(cursor.slots[slot] ?? 0), frame, root);
  }

  #variant(type: VariantSchema, frame: Frame, root: ScopeRoot): Decoder {
    if (type.tag.length === 0) throw new CompileError('a variant has no tag');
    const target = this.#resolve(type.tag, frame, root);
    const slot = this.#slotOf(target, type.tag);
    const { type: tag } = target;
    const path = type.tag.join('.');
    if (tag.kind !== 'enum') {
      throw new CompileError(`${path} is the tag of a variant and not an enumeration`);
    }
    const decoders = type.options.map((option) => {
      const slots = new Int32Array(1).fill(-1);
      return this.#field(
        option,
        frame,
        { type: option.type, slots, index: 0, frame: undefined },
        root,
      );
    });
    const options = new Map<string, number>();
    for (const [index, { name }] of type.options.entries()) {
      options.set(name, index);
      if (name.startsWith('_') && !options.has(name.slice(1))) options.set(name.slice(1), index);
    }
    const find = (value: number | bigint): number => {
      for (const { label, lowest, highest } of tag.mappings) {
        const option = lowest <= value && value <= highest ? options.get(label) : undefined;
        if (option !== undefined) return option;
      }
      return -1;
    };
    const known = new Map<number | bigint, number>();
    const unseen = isUnseen(root);
    return (cursor) => {
      const value = (cursor.slots[slot] ?? 0) as number | bigint;
      let option = known.get(value);
      if (option === undefined) {
        option = find(value);
        if (known.size < KNOWN_TAGS_MAX) known.set(value, option);
      }
      const decode = decoders[option];
      if (decode !== undefined) {
        const held = decode(cursor);
        return unseen ? held : { option, value: held };
      }
      cursor.fail(`no option of a variant is selected by ${path} = ${value}`);
      return 0;
    };
  }

  #slotOf(entry: Entry, path: readonly string[]): number {
    if (!isTagType(entry.type)) throw new CompileError(`${path.join('.')} is not an integer`);
    const slot = entry.slots[entry.index] as number;
    if (slot >= 0) return slot;
    const added = this.#slotCounter.next();
    entry.slots[entry.index] = added;
    return added;
  }

  /** The field that `path` names: absolute, or the nearest earlier field, from the inner to the outer struct. */
  #resolve(path: readonly string[], frame: Frame, root: ScopeRoot): Entry {
    const dotted = path.join('.');
    for (const name of SCOPE_ROOTS) {
      if (!dotted.startsWith(`${name}.`)) continue;
      const start = name === root ? outermost(frame) : this.#roots.get(name);
      const found = descend(start, path.slice(name.split('.').length));
      if (found) return found;
    }
    for (let scope: Frame | undefined = frame; scope !== undefined; scope = scope.parent) {
      const found = descend(scope, path);
      if (found) return found;
    }
    for (const name of SCOPE_ROOTS.toReversed()) {
      const found = descend(this.#roots.get(name), path);
      if (found) return found;
    }
    throw new CompileError(`${dotted} names no field before the one that needs it`);
  }

  #isLittle(order: IntegerSchema['byteOrder']): boolean {
    return order === 'native' ? this.#little : order === 'le';
  }
}

function structDecoder(
  alignBits: number,
  decoders: readonly Decoder[],
  slots: Int32Array,
): StructDecoder {
  const { length } = decoders;
  return (cursor) => {
    cursor.align(alignBits);
    const values = new Array<FieldValue>(length);
    for (let index = 0; index < length && !cursor.failed; index++) {
      const value = (decoders[index] as Decoder)(cursor);
      const slot = slots[index] as number;
      if (slot >= 0) cursor.slots[slot] = value;
      values[index] = value;
    }
    return values;
  };
}

/** Decoders of event headers only set the cursor's clock, class and slots; no reader shows the values. */
function isUnseen(root: ScopeRoot): boolean {
  return root === 'stream.event.header';
}

const NOTHING: StructValue = [];

function unseenStructDecoder(
  alignBits: number,
  decoders: readonly Decoder[],
  slots: Int32Array,
): StructDecoder {
  const { length } = decoders;
  return (cursor) => {
    cursor.align(alignBits);
    for (let index = 0; index < length && !cursor.failed; index++) {
      const value = (decoders[index] as Decoder)(cursor);
      const slot = slots[index] as number;
      if (slot >= 0) cursor.slots[slot] = value;
    }
    return NOTHING;
  };
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

function eventIdDecoder(decode: Decoder): Decoder {
  return (cursor) => {
    const value = decode(cursor);
    cursor.eventId = Number(value);
    return value;
  };
}
