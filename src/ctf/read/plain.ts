/**
 * Converts decoded values and their types to plain objects, for filters, counts and tests.
 *
 * A struct becomes an object by display name (without a prototype), a variant the value of its option, an enumeration
 * `{ value, labels }`. An enumeration of exactly `false` = 0 and `true` = 1 over 8 bits becomes a boolean for these
 * values. The fields that hold the lengths of sequences (`_NAME_length`, as LTTng names them) are left out.
 */
import {
  type EnumSchema,
  type FieldSchema,
  isTextElement,
  type StructSchema,
  type TypeSchema,
} from './tsdl/types.ts';
import type { FieldValue, StructValue, VariantValue } from './values.ts';

export interface PlainEnum {
  readonly value: number | bigint;
  /** Empty for a value outside all ranges. */
  readonly labels: readonly string[];
}

export interface PlainStruct {
  readonly [name: string]: PlainValue;
}

export type PlainValue =
  | number
  | bigint
  | string
  | boolean
  | PlainEnum
  | PlainStruct
  | readonly PlainValue[];

/** A struct as an object; empty without a type. */
export function plainStruct(type: StructSchema | undefined, values: StructValue): PlainStruct {
  const plain: Record<string, PlainValue> = Object.create(null) as Record<string, PlainValue>;
  if (type === undefined) return plain;
  const hidden = lengthFields(type);
  for (const [index, field] of type.fields.entries()) {
    if (hidden.has(field.name)) continue;
    plain[field.displayName] = plainValue(field.type, values[index] as FieldValue);
  }
  return plain;
}

function plainValue(type: TypeSchema, value: FieldValue): PlainValue {
  switch (type.kind) {
    case 'integer':
    case 'float':
    case 'string':
      return value as number | bigint | string;
    case 'enum': {
      const number = value as number | bigint;
      if (isBoolean(type) && (number === 0 || number === 1)) return number === 1;
      return { value: number, labels: labelsOf(type, number) };
    }
    case 'struct':
      return plainStruct(type, value as StructValue);
    case 'variant': {
      const held = value as VariantValue;
      return plainValue((type.options[held.option] as FieldSchema).type, held.value);
    }
    case 'array':
    case 'sequence':
      if (isTextElement(type.element)) return value as string;
      return (value as readonly FieldValue[]).map((element) => plainValue(type.element, element));
  }
}

/** The labels of a value, in the order of their declaration. */
export function labelsOf(type: EnumSchema, value: number | bigint): string[] {
  return type.mappings
    .filter(({ lowest, highest }) => lowest <= value && value <= highest)
    .map(({ label }) => label);
}

/** Whether values of `type` are booleans. */
export function isBoolean({ container, mappings }: EnumSchema): boolean {
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

/**
 * Declared names of the fields that only hold the length of the sequence after them, by LTTng's naming: shown as
 * `_NAME_length`. The length of text is not among them, since text ends at a NUL.
 */
export function lengthFields(struct: StructSchema): ReadonlySet<string> {
  const shown = new Map(struct.fields.map(({ name, displayName }) => [name, displayName]));
  const lengths = new Set<string>();
  for (const { displayName, type } of struct.fields) {
    if (type.kind !== 'sequence' || isTextElement(type.element)) continue;
    const [length, further] = type.length;
    if (length === undefined || further !== undefined) continue;
    if (shown.get(length) === `_${displayName}_length`) lengths.add(length);
  }
  return lengths;
}
