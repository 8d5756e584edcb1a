/**
 * Recorders of field types as closures. A host that forbids code generation from strings records with these
 * alone; generated recorders (`codegen.ts`) use them for arrays and sequences.
 *
 * A value goes through three steps: `prepare` converts the application's value and runs all of the application's code;
 * `bytesMax` and, when that is more than the remaining space, `bytes` return the value's size; `store` writes it.
 */
import type { FieldType, IntegerType } from '../event/model.ts';
import { type TextStore, textBytes } from './text.ts';
import { floatOf, integerOf, lengthOf, propertyOf, storeWide, textOf, wideOf } from './values.ts';

/** Sequences with more elements fit into no sub-buffer: the event is discarded and counted. */
const SEQUENCE_LENGTH_MAX = 2 ** 24;

/** The destination of a record: the memory of a stream. */
export interface Target {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export interface Codec {
  /** The number of bytes of each value, if all values have the same. */
  readonly fixedBytes: number | undefined;
  prepare(value: unknown): unknown;
  /** An upper bound of the bytes, cheap to compute. */
  bytesMax(prepared: unknown): number;
  /** The exact number of bytes that `store` writes. */
  bytes(prepared: unknown): number;
  /** Returns the offset after the value. */
  store(target: Target, offset: number, prepared: unknown): number;
}

type List = { readonly length: number; readonly items: ArrayLike<unknown> };

export function makeCodec(type: FieldType, storeText: TextStore): Codec {
  switch (type.kind) {
    case 'integer':
      return integerCodec(type);
    case 'float':
      return type.bits === 32
        ? fixed(4, floatOf, (view, offset, value) => view.setFloat32(offset, value, true))
        : fixed(8, floatOf, (view, offset, value) => view.setFloat64(offset, value, true));
    case 'boolean':
      return fixed(
        1,
        (value) => (value ? 1 : 0),
        (view, offset, value) => view.setUint8(offset, value),
      );
    case 'enum': {
      const integer = integerCodec(type.integer);
      const numberOf = makeLabelLookup(type.labels);
      return { ...integer, prepare: (value) => integer.prepare(numberOf(value)) };
    }
    case 'string':
      return {
        fixedBytes: undefined,
        prepare: textOf,
        bytesMax: (text) => (text as string).length * 3 + 1,
        bytes: (text) => textBytes(text as string),
        store: (target, offset, text) => storeText(target.bytes, offset, text as string),
      };
    case 'array':
      return arrayCodec(makeCodec(type.element, storeText), type.element, type.length);
    case 'sequence':
      return sequenceCodec(makeCodec(type.element, storeText), type.element);
    case 'struct':
      return structCodec(
        type.fields.map(({ name }) => name),
        type.fields.map((field) => makeCodec(field.type, storeText)),
      );
  }
}

/** Converts labels to their numbers, and returns every other value as it is. */
export function makeLabelLookup(
  labels: Readonly<Record<string, number>>,
): (value: unknown) => unknown {
  const numbers = new Map(Object.entries(labels));
  return (value) => (typeof value === 'string' ? (numbers.get(value) ?? 0) : value);
}

function fixed<Value>(
  bytes: number,
  prepare: (value: unknown) => Value,
  set: (view: DataView, offset: number, value: Value) => void,
): Codec {
  return {
    fixedBytes: bytes,
    prepare,
    bytesMax: () => bytes,
    bytes: () => bytes,
    store: (target, offset, value) => {
      set(target.view, offset, value as Value);
      return offset + bytes;
    },
  };
}

function integerCodec(type: IntegerType): Codec {
  switch (type.bits) {
    case 8:
      return fixed(1, integerOf, (view, offset, value) => view.setInt8(offset, value));
    case 16:
      return fixed(2, integerOf, (view, offset, value) => view.setInt16(offset, value, true));
    case 32:
      return fixed(4, integerOf, (view, offset, value) => view.setInt32(offset, value, true));
    case 64:
      return fixed(8, wideOf, storeWide);
  }
}

function arrayCodec(element: Codec, elementType: FieldType, length: number): Codec {
  const measure = listMeasure(element);
  return {
    fixedBytes: element.fixedBytes === undefined ? undefined : element.fixedBytes * length,
    prepare: (value) => prepareList(element, elementType, value, length),
    bytesMax: (list) => measure(list as List, 'bytesMax'),
    bytes: (list) => measure(list as List, 'bytes'),
    store: (target, offset, list) => storeList(element, target, offset, list as List),
  };
}

function sequenceCodec(element: Codec, elementType: FieldType): Codec {
  const measure = listMeasure(element);
  return {
    fixedBytes: undefined,
    prepare: (value) => prepareList(element, elementType, value, lengthOf(value)),
    bytesMax: (list) => 4 + measure(list as List, 'bytesMax'),
    bytes: (list) => 4 + measure(list as List, 'bytes'),
    store: (target, offset, list) => {
      target.view.setUint32(offset, (list as List).length, true);
      return storeList(element, target, offset + 4, list as List);
    },
  };
}

/** A typed array of numbers runs no code of the application and is not copied; every other list is. */
function prepareList(element: Codec, elementType: FieldType, value: unknown, length: number): List {
  if (length > SEQUENCE_LENGTH_MAX) return { length, items: [] };
  if (isNumericArray(value) && value.length >= length && takesNumbers(elementType)) {
    return { length, items: value };
  }
  const items = new Array<unknown>(length);
  for (let index = 0; index < length; index++) {
    items[index] = element.prepare(propertyOf(value, index));
  }
  return { length, items };
}

function isNumericArray(value: unknown): value is ArrayLike<number> {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return false;
  return !(value instanceof BigInt64Array || value instanceof BigUint64Array);
}

function takesNumbers(type: FieldType): boolean {
  return type.kind === 'integer' || type.kind === 'float';
}

function listMeasure(element: Codec): (list: List, how: 'bytesMax' | 'bytes') => number {
  const { fixedBytes } = element;
  return (list, how) => {
    if (list.length > SEQUENCE_LENGTH_MAX) return Number.POSITIVE_INFINITY;
    if (fixedBytes !== undefined) return list.length * fixedBytes;
    let bytes = 0;
    for (let index = 0; index < list.length; index++) bytes += element[how](list.items[index]);
    return bytes;
  };
}

function storeList(element: Codec, target: Target, offset: number, list: List): number {
  const { items, length } = list;
  if (element.fixedBytes === 1 && items instanceof Uint8Array && items.length === length) {
    target.bytes.set(items, offset);
    return offset + length;
  }
  let at = offset;
  for (let index = 0; index < length; index++) at = element.store(target, at, items[index]);
  return at;
}

function structCodec(names: readonly string[], members: readonly Codec[]): Codec {
  const isFixed = members.every((member) => member.fixedBytes !== undefined);
  const measure = (values: unknown, how: 'bytesMax' | 'bytes'): number =>
    members.reduce((bytes, member, index) => bytes + member[how]((values as unknown[])[index]), 0);
  return {
    fixedBytes: isFixed
      ? members.reduce((sum, { fixedBytes }) => sum + (fixedBytes ?? 0), 0)
      : undefined,
    prepare: (value) =>
      members.map((member, index) => member.prepare(propertyOf(value, names[index] as string))),
    bytesMax: (values) => measure(values, 'bytesMax'),
    bytes: (values) => measure(values, 'bytes'),
    store: (target, offset, values) =>
      members.reduce(
        (at, member, index) => member.store(target, at, (values as unknown[])[index]),
        offset,
      ),
  };
}
