/** A decoder of recorded fields, independent of the product's decoder, and the values that it should return. */
import type { Field, FieldType } from '../../../src/event/model.ts';

export type Decoded =
  | number
  | bigint
  | boolean
  | string
  | readonly Decoded[]
  | { readonly [name: string]: Decoded };

/** Reads values in sequence. */
export class FieldCursor {
  readonly #view: DataView;
  offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
  }

  fields(fields: readonly Field[]): { [name: string]: Decoded } {
    return Object.fromEntries(fields.map(({ name, type }) => [name, this.value(type)]));
  }

  value(type: FieldType): Decoded {
    switch (type.kind) {
      case 'integer': {
        const bigint = this.#integer(type.bits / 8, type.signed);
        return type.bits === 64 ? bigint : Number(bigint);
      }
      case 'float': {
        const at = this.#pass(type.bits / 8);
        return type.bits === 32 ? this.#view.getFloat32(at, true) : this.#view.getFloat64(at, true);
      }
      case 'boolean':
        return this.#view.getUint8(this.#pass(1)) === 1;
      case 'enum':
        return this.value(type.integer);
      case 'string':
        return this.#text();
      case 'array':
        return Array.from({ length: type.length }, () => this.value(type.element));
      case 'sequence': {
        const length = Number(this.#integer(4, false));
        return Array.from({ length }, () => this.value(type.element));
      }
      case 'struct':
        return this.fields(type.fields);
    }
  }

  #pass(bytes: number): number {
    this.offset += bytes;
    return this.offset - bytes;
  }

  #integer(bytes: number, signed: boolean): bigint {
    const at = this.#pass(bytes);
    let value = 0n;
    for (let index = bytes - 1; index >= 0; index--) {
      value = (value << 8n) | BigInt(this.#view.getUint8(at + index));
    }
    return signed ? BigInt.asIntN(bytes * 8, value) : value;
  }

  #text(): string {
    const bytes: number[] = [];
    for (let byte = this.#view.getUint8(this.#pass(1)); byte !== 0; ) {
      bytes.push(byte);
      byte = this.#view.getUint8(this.#pass(1));
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  }
}
