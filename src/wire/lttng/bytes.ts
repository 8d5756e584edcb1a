/**
 * Reads and writes the fields of LTTng's packed, big-endian structs. A reader keeps its first error and gives zeros
 * after it, so that a layout reads all of its fields and one check at the end is enough.
 */
import { assert } from '../../base/assert.ts';
import { decodeUtf8, encodeUtf8 } from '../../base/utf8.ts';
import { UUID_BYTES, uuidFromBytes, uuidToBytes } from '../../base/uuid.ts';

/** The wire form of one message. `minor`: the revision of the protocol that both sides agreed on. */
export interface Layout<Message> {
  write(into: ByteWriter, message: Message, minor: number): void;
  read(from: ByteReader, minor: number): Message;
}

/** Bytes of the array that a writer leaves to the next one: a new array would cost more than a message. */
const KEPT_BYTES_MAX = 4096;
let kept: Uint8Array<ArrayBuffer> | undefined;

/** After {@link finish} a writer is not used any more. */
export class ByteWriter {
  #bytes = kept ?? new Uint8Array(KEPT_BYTES_MAX);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  constructor() {
    kept = undefined;
  }

  get byteLength(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  zeros(count: number): this {
    const at = this.#grow(count);
    this.#bytes.fill(0, at, at + count);
    return this;
  }

  /** Replaces a number that was written before. */
  setU64(at: number, value: bigint): void {
    this.#view.setBigUint64(at, value);
  }

  uuid(text: string): this {
    return this.bytes(uuidToBytes(text));
  }

  /** The length of {@link text}, as LTTng counts it: with the final zero. */
  textLength(text: string): this {
    return this.u32(encodeUtf8(text).byteLength + 1);
  }

  /** The bytes of the text and a final zero. */
  text(text: string): this {
    return this.bytes(encodeUtf8(text)).u8(0);
  }

  /** The text in a field of `size` bytes, with zeros after it. */
  fixedText(text: string, size: number): this {
    const bytes = encodeUtf8(text);
    assert(bytes.byteLength < size, 'pre:byte-writer.fixedText:has-room');
    return this.bytes(bytes).zeros(size - bytes.byteLength);
  }

  finish(): Uint8Array {
    if (this.#bytes.length === KEPT_BYTES_MAX) kept = this.#bytes;
    return this.#bytes.slice(0, this.#length);
  }

  /** Makes room for `count` bytes; returns their position. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.byteLength, this.#length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #trouble: string | undefined;
  #isShort = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The first error: one sentence that names the field. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The first error is that the bytes end too early. */
  get isShort(): boolean {
    return this.#isShort;
  }

  get consumed(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  refuse(field: string, reason: string): void {
    this.#trouble ??= `${field}: ${reason}`;
  }

  u8(field: string): number {
    const at = this.#take(field, 1);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  u32(field: string): number {
    const at = this.#take(field, 4);
    return at === undefined ? 0 : this.#view.getUint32(at);
  }

  u64(field: string): bigint {
    const at = this.#take(field, 8);
    return at === undefined ? 0n : this.#view.getBigUint64(at);
  }

  flag(field: string): boolean {
    const value = this.u8(field);
    if (value > 1) this.refuse(field, `is ${value}, neither 0 nor 1`);
    return value === 1;
  }

  uuid(field: string): string {
    return uuidFromBytes(this.bytes(field, UUID_BYTES) ?? new Uint8Array(UUID_BYTES));
  }

  skip(field: string, count: number): void {
    this.#take(field, count);
  }

  /** A view of the next `count` bytes; undefined after an error. */
  bytes(field: string, count: number): Uint8Array | undefined {
    const at = this.#take(field, count);
    return at === undefined ? undefined : this.#bytes.subarray(at, at + count);
  }

  /** The length of a text, which counts its final zero; `max`: the longest text without it. */
  textLength(field: string, max: number): number {
    const length = this.u32(`length of ${field}`);
    if (length <= max + 1) return length;
    this.refuse(`length of ${field}`, `is ${length}, more than ${max + 1}`);
    return 0;
  }

  /** A text of `length` bytes with its final zero; no bytes are an empty text. */
  text(field: string, length: number): string {
    if (length === 0) return '';
    const bytes = this.bytes(field, length);
    if (bytes === undefined) return '';
    const end = bytes.indexOf(0);
    if (end !== length - 1) {
      this.refuse(field, end < 0 ? 'does not end with a zero byte' : 'has a zero byte inside');
      return '';
    }
    return this.#decode(field, bytes.subarray(0, end));
  }

  /** A text in a field of `size` bytes, up to the first zero. */
  fixedText(field: string, size: number): string {
    const bytes = this.bytes(field, size);
    if (bytes === undefined) return '';
    const end = bytes.indexOf(0);
    if (end < 0) this.refuse(field, 'does not end with a zero byte');
    return this.#decode(field, bytes.subarray(0, Math.max(end, 0)));
  }

  #decode(field: string, bytes: Uint8Array): string {
    const text = decodeUtf8(bytes);
    if (text.includes('\u{fffd}')) this.refuse(field, 'is not UTF-8');
    return text;
  }

  #take(field: string, count: number): number | undefined {
    if (this.#trouble !== undefined) return undefined;
    if (count > this.remaining) {
      this.#isShort = true;
      this.#trouble = `${field}: needs ${count} bytes, and ${this.remaining} are left`;
      return undefined;
    }
    const at = this.#at;
    this.#at += count;
    return at;
  }
}
