/**
 * Reads a trace's `metadata` file as it grows: plain text, or packets of text (`../metadata-packet.ts`).
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { ReadableFile } from '../../port/files.ts';
import { osErrorText } from '../../port/os-error.ts';
import { readFully } from '../../port/read-fully.ts';
import { METADATA_HEADER_BYTES, METADATA_MAGIC } from '../metadata-packet.ts';
import { SchemaBuilder } from './tsdl/declarations.ts';
import { DeclarationSplitter } from './tsdl/splitter.ts';
import { DECLARATION_BYTES_MAX, METADATA_BYTES_MAX, type TraceSchema } from './tsdl/types.ts';

const METADATA_PACKET_BYTES_MAX = 16 * 1024 * 1024;
const READ_BYTES = 256 * 1024;

type Form = 'unknown' | 'text' | 'packets-le' | 'packets-be';

/** The declarations read so far; {@link refresh} reads more. */
export class MetadataFile {
  readonly #path: string;
  #file: ReadableFile;
  #splitter = new DeclarationSplitter();
  readonly #builder = new SchemaBuilder();
  #form: Form = 'unknown';
  #declarations = 0;
  /** Declarations of the file that are known from the one before. */
  #known = 0;
  #offset = 0;
  #failure: string | undefined;

  /** Takes over `file`, open for reading. */
  constructor(path: string, file: ReadableFile) {
    this.#path = path;
    this.#file = file;
  }

  get schema(): TraceSchema {
    return this.#builder.schema;
  }

  /** Bytes of an incomplete declaration. */
  get pendingBytes(): number {
    return this.#splitter.pendingBytes;
  }

  /** Bytes of the file that are read. */
  get reachedBytes(): number {
    return this.#offset;
  }

  /** Reads the appended text; the value is true if there was any. Every call after an error returns it again. */
  refresh(): Result<boolean, string> {
    if (this.#failure !== undefined) return fail(this.#failure);
    const before = this.#offset;
    const outcome = this.#readOn();
    if (outcome.ok) return ok(this.#offset > before);
    this.#failure = `${this.#path}: ${outcome.error}`;
    return fail(this.#failure);
  }

  /** Takes over `file`, which has replaced the present one: it has the same declarations, and perhaps more. */
  goOnIn(file: ReadableFile): void {
    this.#file.close();
    this.#file = file;
    this.#splitter = new DeclarationSplitter();
    this.#form = 'unknown';
    this.#known = this.#declarations;
    this.#offset = 0;
  }

  close(): void {
    this.#file.close();
  }

  #readOn(): Result<void, string> {
    if (this.#form === 'unknown') {
      const head = this.#read(0, 4);
      if (!head.ok) return head;
      if (head.value.length < 4) return ok(undefined);
      this.#form = formOf(head.value);
    }
    for (;;) {
      const text = this.#form === 'text' ? this.#nextText() : this.#nextPacket();
      if (!text.ok) return text;
      if (text.value === undefined) return ok(undefined);
      if (this.#offset > METADATA_BYTES_MAX)
        return fail(`Metadata exceeds ${METADATA_BYTES_MAX} bytes`);
      const added = this.#add(text.value);
      if (!added.ok) return added;
    }
  }

  #add(text: Uint8Array): Result<void, string> {
    for (const declaration of this.#splitter.push(text)) {
      if (this.#known > 0) {
        this.#known -= 1;
        continue;
      }
      const added = this.#builder.add(declaration);
      if (!added.ok) return added;
      this.#declarations += 1;
    }
    if (this.#splitter.pendingBytes > DECLARATION_BYTES_MAX) {
      return fail(`Metadata has a declaration longer than ${DECLARATION_BYTES_MAX} bytes`);
    }
    return ok(undefined);
  }

  #nextText(): Result<Uint8Array | undefined, string> {
    const size = this.#file.byteLength();
    if (!size.ok) return fail(osErrorText(size.error));
    const wanted = Math.max(0, Math.min(READ_BYTES, size.value - this.#offset));
    const bytes = this.#read(this.#offset, wanted);
    if (!bytes.ok) return bytes;
    this.#offset += bytes.value.length;
    return ok(bytes.value.length === 0 ? undefined : bytes.value);
  }

  /** The text of the next packet, undefined while the file does not hold all of it. */
  #nextPacket(): Result<Uint8Array | undefined, string> {
    const head = this.#read(this.#offset, METADATA_HEADER_BYTES);
    if (!head.ok) return head;
    if (head.value.length < METADATA_HEADER_BYTES) return ok(undefined);
    const view = new DataView(head.value.buffer, head.value.byteOffset);
    const little = this.#form === 'packets-le';
    const contentBytes = view.getUint32(24, little) / 8;
    const packetBytes = view.getUint32(28, little) / 8;
    const where = `at byte ${this.#offset}`;
    if (view.getUint32(0, little) !== METADATA_MAGIC)
      return fail(`No metadata packet begins ${where}`);
    if (view.getUint8(32) !== 0 || view.getUint8(33) !== 0) {
      return fail(`The metadata packet ${where} is compressed or encrypted`);
    }
    const sizesFit =
      Number.isInteger(contentBytes) &&
      Number.isInteger(packetBytes) &&
      contentBytes >= METADATA_HEADER_BYTES &&
      packetBytes >= contentBytes &&
      packetBytes <= METADATA_PACKET_BYTES_MAX;
    if (!sizesFit) return fail(`The metadata packet ${where} has impossible sizes`);
    const packet = this.#read(this.#offset, packetBytes);
    if (!packet.ok) return packet;
    if (packet.value.length < packetBytes) return ok(undefined);
    this.#offset += packetBytes;
    return ok(packet.value.subarray(METADATA_HEADER_BYTES, contentBytes));
  }

  /** Up to `length` bytes at `position`; fewer only at the file's end. */
  #read(position: number, length: number): Result<Uint8Array, string> {
    const into = new Uint8Array(length);
    const count = readFully(this.#file, into, position);
    return count.ok ? ok(into.subarray(0, count.value)) : fail(osErrorText(count.error));
  }
}

function formOf(head: Uint8Array): Form {
  const view = new DataView(head.buffer, head.byteOffset);
  if (view.getUint32(0, true) === METADATA_MAGIC) return 'packets-le';
  if (view.getUint32(0, false) === METADATA_MAGIC) return 'packets-be';
  return 'text';
}
