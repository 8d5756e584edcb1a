/** The values of an event's fields, from the bytes of a trace. */
import type { Field, FieldType } from '../../../src/event/model.ts';

export function decodeFields(fields: readonly Field[], bytes: Uint8Array): Record<string, unknown> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const decode = (type: FieldType): unknown => {
    switch (type.kind) {
      case 'integer': {
        const start = at;
        at += type.bits / 8;
        if (type.bits === 64) {
          return type.signed ? view.getBigInt64(start, true) : view.getBigUint64(start, true);
        }
        const value = bytes.subarray(start, at).reduceRight((sum, byte) => sum * 256 + byte, 0);
        return type.signed && value >= 2 ** (type.bits - 1) ? value - 2 ** type.bits : value;
      }
      case 'enum':
        return decode(type.integer);
      case 'string': {
        const end = bytes.indexOf(0, at);
        const text = new TextDecoder().decode(bytes.subarray(at, end));
        at = end + 1;
        return text;
      }
      case 'array':
        if (type.isText === true) {
          at += type.length;
          return new TextDecoder().decode(bytes.subarray(at - type.length, at)).split('\0')[0];
        }
        return Array.from({ length: type.length }, () => decode(type.element));
      case 'sequence': {
        at += 4;
        return Array.from({ length: view.getUint32(at - 4, true) }, () => decode(type.element));
      }
      default:
        throw new Error(`No field of the kernel is a ${type.kind}`);
    }
  };
  const values = Object.fromEntries(fields.map(({ name, type }) => [name, decode(type)]));
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes belong to no field`);
  return values;
}
