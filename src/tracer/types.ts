/**
 * Types of tracepoint fields, as applications write them; TypeScript infers the payload from them.
 *
 * ```ts
 * const placed = tracer.tracepoint('shop:order_placed', { orderId: u32, amount: f64, customer: string });
 * placed({ orderId: 7, amount: 12.5, customer: 'Ada' });
 * ```
 *
 * They map to `../event/model.ts`. See `values.ts` for the conversion of other values at run time.
 */
import type { Field, FieldType, IntegerType } from '../event/model.ts';

declare const payloadValue: unique symbol;

/** A field type whose values are of type `Value`. The symbol exists for the compiler only. */
export interface PayloadType<Value> {
  readonly fieldType: FieldType;
  readonly [payloadValue]?: Value;
}

/** Names of fields, in order, and their types. */
export type Schema = { readonly [name: string]: PayloadType<unknown> };

/** The payload that the tracepoint of a schema accepts. */
export type PayloadOf<S extends Schema> = { readonly [Name in keyof S]: ValueOf<S[Name]> };

/** The values that a field of a type accepts. */
export type ValueOf<T> = T extends PayloadType<infer Value> ? Value : never;

export const u8: PayloadType<number> = integer(8, false);
export const u16: PayloadType<number> = integer(16, false);
export const u32: PayloadType<number> = integer(32, false);
/** A number loses nothing up to 2^53; a bigint never does. */
export const u64: PayloadType<bigint | number> = integer(64, false);
export const i8: PayloadType<number> = integer(8, true);
export const i16: PayloadType<number> = integer(16, true);
export const i32: PayloadType<number> = integer(32, true);
/** A number loses nothing up to 2^53; a bigint never does. */
export const i64: PayloadType<bigint | number> = integer(64, true);
export const f32: PayloadType<number> = { fieldType: { kind: 'float', bits: 32 } };
export const f64: PayloadType<number> = { fieldType: { kind: 'float', bits: 64 } };
export const bool: PayloadType<boolean> = { fieldType: { kind: 'boolean' } };
/** UTF-8; a NUL ends it, a lone surrogate becomes U+FFFD. */
export const string: PayloadType<string> = { fieldType: { kind: 'string' } };

/** Labels for integers; the payload has the label or the number. `base` is an integer type, i32 by default. */
export function enumeration<const Labels extends Readonly<Record<string, number>>>(
  labels: Labels,
  base: PayloadType<number> | PayloadType<bigint | number> = i32,
): PayloadType<(keyof Labels & string) | number> {
  const { fieldType } = base;
  if (fieldType.kind !== 'integer') throw new TypeError('An enumeration needs an integer type');
  return { fieldType: { kind: 'enum', integer: fieldType, labels: { ...labels } } };
}

/** Exactly `length` elements: missing elements are recorded as zero or empty, excess elements are not recorded. */
export function array<Value>(
  element: PayloadType<Value>,
  length: number,
): PayloadType<ArrayLike<Value>> {
  return { fieldType: { kind: 'array', element: element.fieldType, length } };
}

/** Any number of elements, from an array or a typed array. */
export function sequence<Value>(element: PayloadType<Value>): PayloadType<ArrayLike<Value>> {
  return { fieldType: { kind: 'sequence', element: element.fieldType } };
}

/** Fields within a field. */
export function struct<const S extends Schema>(schema: S): PayloadType<PayloadOf<S>> {
  return { fieldType: { kind: 'struct', fields: fieldsOf(schema) } };
}

/** Converts a schema to fields of `../event/model.ts`, not yet validated. */
export function fieldsOf(schema: Schema): Field[] {
  return Object.entries(schema).map(([name, type]) => ({ name, type: type.fieldType }));
}

function integer<Value>(bits: IntegerType['bits'], signed: boolean): PayloadType<Value> {
  return { fieldType: { kind: 'integer', bits, signed } };
}
