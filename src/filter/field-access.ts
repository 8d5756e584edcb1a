/**
 * Reads fields of an event that is about to be recorded. Its values are those that `src/tracer` prepares: an array with
 * one value for each field of a struct, an object with `length` and `items` for lists. Integers are not yet cut to the
 * width of their field, so they are here: a filter sees what the trace would have.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { Field, FieldType, IntegerType } from '../event/model.ts';
import { pathText } from './expression.ts';
import { type Integer, narrowing, recordedWide } from './integers.ts';
import { recordedText } from './texts.ts';

/** Values of the fields of an event, in order. */
export type Values = readonly unknown[];

/** Undefined: there is no value. The event then does not match, whatever else the filter says. */
export type Read<T> = (values: Values) => T | undefined;

/** An expression whose type is known. */
export type Typed =
  | { readonly kind: 'integer'; readonly read: Read<Integer> }
  | { readonly kind: 'float'; readonly read: Read<number> }
  | { readonly kind: 'text'; readonly read: Read<string> };

interface List {
  readonly length: number;
  readonly items: ArrayLike<unknown>;
}

/** The field at a path, or why events with these fields do not have it. */
export function fieldAt(
  path: readonly (string | number)[],
  fields: readonly Field[],
): Result<Typed, string> {
  let type: FieldType = { kind: 'struct', fields };
  /** Reads the prepared value; undefined for the event itself. */
  let raw: Read<unknown> | undefined;
  for (const [at, step] of path.entries()) {
    const own = pathText(path.slice(0, at));
    const found: Result<Step, string> =
      typeof step === 'number' ? elementOf(type, step, own) : memberOf(type, step, own);
    if (!found.ok) return found;
    raw = after(raw, found.value);
    ({ type } = found.value);
  }
  return raw === undefined ? fail('there is no field') : typedBy(type, raw, pathText(path));
}

interface Step {
  readonly type: FieldType;
  readonly index: number;
  readonly isElement: boolean;
}

function memberOf(type: FieldType, name: string, own: string): Result<Step, string> {
  if (type.kind !== 'struct') return fail(`${own} has no fields`);
  const index = type.fields.findIndex((field) => field.name === name);
  const field = type.fields[index];
  if (field === undefined) return fail(`there is no field ${own === '' ? name : `${own}.${name}`}`);
  return ok({ type: field.type, index, isElement: false });
}

function elementOf(type: FieldType, index: number, own: string): Result<Step, string> {
  if (type.kind !== 'array' && type.kind !== 'sequence') return fail(`${own} has no elements`);
  if (type.kind === 'array' && index >= type.length) {
    return fail(`${own} has ${type.length} elements, from 0`);
  }
  return ok({ type: type.element, index, isElement: true });
}

function after(raw: Read<unknown> | undefined, { index, isElement }: Step): Read<unknown> {
  if (raw === undefined) return (values) => values[index];
  if (!isElement) {
    return (values) => {
      const members = raw(values);
      return members === undefined ? undefined : (members as Values)[index];
    };
  }
  return (values) => {
    const list = raw(values) as List | undefined;
    if (list === undefined || index >= list.length) return undefined;
    return list.items[index];
  };
}

function typedBy(type: FieldType, raw: Read<unknown>, own: string): Result<Typed, string> {
  switch (type.kind) {
    case 'integer':
      return ok({ kind: 'integer', read: integerRead(type, raw) });
    case 'enum':
      return ok({ kind: 'integer', read: integerRead(type.integer, raw) });
    case 'boolean':
      return ok({ kind: 'integer', read: reading(raw, (value) => value as number) });
    case 'float':
      return ok({
        kind: 'float',
        read: reading(
          raw,
          type.bits === 32 ? (value) => Math.fround(value as number) : (value) => value as number,
        ),
      });
    case 'string':
      return ok({ kind: 'text', read: reading(raw, (value) => recordedText(value as string)) });
    case 'struct':
      return fail(`${own} is a struct: name one of its fields`);
    case 'array':
    case 'sequence':
      return fail(`${own} is a list: name one of its elements, such as ${own}[0]`);
  }
}

function integerRead({ bits, signed }: IntegerType, raw: Read<unknown>): Read<Integer> {
  if (bits === 64) return reading(raw, recordedWide);
  const narrow = narrowing(bits, signed);
  return reading(raw, (value) => narrow(value as number));
}

function reading<T>(raw: Read<unknown>, as: (value: unknown) => T): Read<T> {
  return (values) => {
    const value = raw(values);
    return value === undefined ? undefined : as(value);
  };
}
