/**
 * Decoded values. They hold what the bytes say and nothing that the type says already, so a value means
 * something only together with its type (`tsdl/types.ts`); `plain.ts` puts both together.
 *
 * - integers and enumerations: a number where that is exact (up to 2^53 - 1 either way), a bigint beyond
 * - strings, and arrays and sequences of characters: text
 * - structs, arrays, sequences: their members in order
 * - variants: which option, and its value
 */

export type FieldValue = number | bigint | string | VariantValue | readonly FieldValue[];

/** The members of a struct, in the order of its fields. */
export type StructValue = readonly FieldValue[];

export interface VariantValue {
  /** Index into the options of the variant. */
  readonly option: number;
  readonly value: FieldValue;
}

/** A bigint as a number where that is exact. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
