/**
 * Decoded values. They hold the content of the bytes only, and need their type (`tsdl/types.ts`) to have a meaning;
 * `plain.ts` combines both.
 *
 * - integers and enumerations: a number if that is exact (from -(2^53 - 1) to 2^53 - 1), or else a bigint
 * - strings, and arrays and sequences of characters: text
 * - structs, arrays, sequences: their members in order
 * - variants: the index of the selected option, and its value
 */

export type FieldValue = number | bigint | string | VariantValue | readonly FieldValue[];

/** The members of a struct, in the order of its fields. */
export type StructValue = readonly FieldValue[];

export interface VariantValue {
  /** Index into the options of the variant. */
  readonly option: number;
  readonly value: FieldValue;
}

/** A bigint as a number if that is exact. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function bigOf(value: FieldValue | undefined): bigint | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : undefined;
}

export function numberOf(value: FieldValue | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

export function difference(now: bigint | undefined, before: bigint | undefined): bigint {
  return now === undefined || before === undefined ? 0n : now - before;
}
