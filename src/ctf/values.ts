/**
 * What a decoded field is. Integers of more than 53 bits are bigints, others numbers; text is a string;
 * arrays and sequences are arrays, structs plain objects by display name, a variant is what it holds. An
 * enumeration of exactly `false` = 0 and `true` = 1 over 8 unsigned bits gives booleans for these values.
 */

/** A value of an enumeration with the labels it has; none for a value outside all ranges. */
export interface EnumValue {
  readonly value: number | bigint;
  readonly labels: readonly string[];
}

export interface FieldStruct {
  readonly [name: string]: FieldValue;
}

export type FieldValue =
  | number
  | bigint
  | string
  | boolean
  | EnumValue
  | FieldStruct
  | readonly FieldValue[];

/** Integers of more bits than this are bigints. */
export const NUMBER_BITS_MAX = 53;
