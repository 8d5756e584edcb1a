/**
 * Any value as JSON text, without running the program's code: no getter, no `toJSON`, no proxy trap. A name in
 * brackets replaces values that JSON cannot represent, that are too deep or too many, or that contain themselves.
 */
import { types } from 'node:util';
import { cut } from './values.ts';

const DEPTH_MAX = 6;
const ENTRIES_MAX = 64;
const STRING_CHARACTERS_MAX = 512;

/** At most about `charactersMax` characters; longer text is cut, ends in an ellipsis, and is not valid JSON. */
export function jsonText(value: unknown, charactersMax: number): string {
  const writer = { text: '', charactersMax, parents: new Set<object>() };
  write(writer, value, 0);
  return cut(writer.text, charactersMax);
}

interface Writer {
  text: string;
  readonly charactersMax: number;
  /** The objects that contain the value being written. */
  readonly parents: Set<object>;
}

function write(writer: Writer, value: unknown, depth: number): void {
  if (writer.text.length > writer.charactersMax) return;
  switch (typeof value) {
    case 'string':
      writer.text += JSON.stringify(cut(value, STRING_CHARACTERS_MAX));
      return;
    case 'number':
      writer.text += Number.isFinite(value) ? String(value) : `"${value}"`;
      return;
    case 'boolean':
      writer.text += String(value);
      return;
    case 'bigint':
      writer.text += `"${value}"`;
      return;
    case 'undefined':
      writer.text += '"[undefined]"';
      return;
    case 'symbol':
      writer.text += '"[symbol]"';
      return;
    case 'function':
      writer.text += '"[function]"';
      return;
    case 'object':
      if (value === null) writer.text += 'null';
      else writeObject(writer, value, depth);
  }
}

function writeObject(writer: Writer, value: object, depth: number): void {
  const replacement = replacementFor(writer, value, depth);
  if (replacement !== undefined) {
    writer.text += JSON.stringify(replacement);
    return;
  }
  writer.parents.add(value);
  if (Array.isArray(value)) writeArray(writer, value, depth);
  else writeMembers(writer, value, depth);
  writer.parents.delete(value);
}

/** The text that replaces an object's content; undefined when the content is written. */
function replacementFor(writer: Writer, value: object, depth: number): string | undefined {
  if (types.isProxy(value)) return '[proxy]';
  if (writer.parents.has(value)) return '[circular]';
  if (types.isDate(value)) return dateText(value);
  if (types.isRegExp(value)) return '[regexp]';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (types.isAnyArrayBuffer(value)) return `[${value.byteLength} bytes]`;
  if (types.isNativeError(value)) return errorText(value);
  if (depth >= DEPTH_MAX) return '[deeper]';
  return undefined;
}

function dateText(date: Date): string {
  const ms = Date.prototype.getTime.call(date);
  return Number.isNaN(ms) ? '[no date]' : new Date(ms).toISOString();
}

function errorText(error: Error): string {
  const name: unknown = dataOf(error, 'name') ?? dataOf(Object.getPrototypeOf(error), 'name');
  const message: unknown = dataOf(error, 'message');
  return `${typeof name === 'string' ? name : 'Error'}: ${typeof message === 'string' ? message : ''}`;
}

function dataOf(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null || types.isProxy(object)) return undefined;
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function writeArray(writer: Writer, list: readonly unknown[], depth: number): void {
  writer.text += '[';
  const length = Math.min(list.length, ENTRIES_MAX);
  for (let index = 0; index < length; index++) {
    if (index > 0) writer.text += ',';
    writeProperty(writer, Object.getOwnPropertyDescriptor(list, index), depth);
  }
  if (list.length > length) writer.text += `,"[${list.length - length} more]"`;
  writer.text += ']';
}

function writeMembers(writer: Writer, object: object, depth: number): void {
  const keys = Object.keys(object);
  writer.text += '{';
  for (const [index, key] of keys.slice(0, ENTRIES_MAX).entries()) {
    writer.text += `${index > 0 ? ',' : ''}${JSON.stringify(cut(key, STRING_CHARACTERS_MAX))}:`;
    writeProperty(writer, Object.getOwnPropertyDescriptor(object, key), depth);
  }
  if (keys.length > ENTRIES_MAX) {
    writer.text += `,"[more]":${keys.length - ENTRIES_MAX}`;
  }
  writer.text += '}';
}

function writeProperty(
  writer: Writer,
  property: PropertyDescriptor | undefined,
  depth: number,
): void {
  if (property === undefined) writer.text += 'null';
  else if (property.get !== undefined || property.set !== undefined) writer.text += '"[getter]"';
  else write(writer, property.value, depth + 1);
}
