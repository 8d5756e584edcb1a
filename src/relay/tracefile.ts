/**
 * Where the packets of a stream are, one after the other, and their indexes: a file on the disk and its index file, or
 * memory (`memory-tracefile.ts`). The directory of a file may be moved while the file is open: paths are made when they
 * are needed. A failed write leaves a file as it was before.
 */
import { assert } from '../base/assert.ts';
import { fail, ok } from '../base/result.ts';
import type { Files, OpenFile } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import {
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  type IndexEntry,
  indexHeader,
  readIndexEntry,
} from './index-file.ts';

export const DIRECTORY_MODE = 0o750;
const FILE_MODE = 0o640;
const METADATA = 'metadata';
const COPY_BYTES = 64 * 1024;

/** A directory in which streams have their files; it stays until its last holder releases it. */
export interface Place {
  /** Absolute, at this moment. */
  readonly path: string;
  /** Its files were removed: what is at their paths now is of another place. */
  readonly isRemoved: boolean;
  hold(): void;
  /** A stream that holds it writes nothing more after its next close, for which it only waits. */
  leave(): void;
  /** `hasLeft`: after {@link leave}. */
  release(hasLeft?: boolean): void;
}

/** Where a stream's files are in a place, and their names without number. */
export interface StreamName {
  readonly directory: readonly string[];
  readonly file: string;
}

export function isMetadata({ file }: StreamName): boolean {
  return file === METADATA;
}

/** Packets, or metadata. Of what is not there any more reads say ENOENT. */
export interface Tracefile {
  /** The offset of the next packet; of metadata its length. */
  readonly byteLength: number;
  /** What is appended next is a packet of this many bytes, or a part of metadata. */
  beginPacket(byteLength: number): OsResult<void>;
  append(bytes: Uint8Array): OsResult<void>;
  /** Appends `count` zeros. */
  pad(count: number): OsResult<void>;
  /** Cuts the file between two packets, also after {@link close}. */
  truncate(byteLength: number): OsResult<void>;
  /** Appends the index entry of a packet, also after {@link close}, unless the packet is gone. */
  appendIndex(entry: Uint8Array): OsResult<void>;
  /** Removes the last `bytes` of the index. */
  shortenIndex(bytes: number): OsResult<void>;
  /** The position of the first packet from this one on that may still be there. */
  positionFrom(position: number): number | undefined;
  /** The index entry at this position. */
  readIndex(position: number): OsResult<IndexEntry>;
  /** A viewer is about to read the packet at this position; returns how it says that it is not any more. */
  keep(position: number): () => void;
  /** Bytes that were written before; EINVAL: the file has fewer. */
  read(offset: bigint, byteLength: number): OsResult<Uint8Array>;
  /** Hands on the first `byteLength` bytes of the packet at `offset` in parts, until `take` fails; it moves. */
  copy(
    offset: number,
    byteLength: number,
    take: (bytes: Uint8Array) => OsResult<void>,
  ): OsResult<void>;
  close(): void;
  /** Removes all; packets in it have no index any more. */
  remove(): OsResult<void>;
}

export class DiskTracefile implements Tracefile {
  readonly #files: Files;
  readonly #place: Place;
  readonly #directory: string;
  readonly #name: string;
  #data: OpenFile | undefined;
  #index: OpenFile | undefined;
  #byteLength = 0;
  /** Of the index file while it is open. */
  #indexBytes = 0;
  #isGone = false;

  private constructor(files: Files, place: Place, directory: string, name: string, data: OpenFile) {
    this.#files = files;
    this.#place = place;
    this.#directory = directory;
    this.#name = name;
    this.#data = data;
  }

  /** Creates the file, which must not exist. `number`: of the file in a stream of several. */
  static create(
    files: Files,
    place: Place,
    stream: StreamName,
    number: number | undefined,
  ): OsResult<DiskTracefile> {
    const directory = stream.directory.map((part) => `/${part}`).join('');
    const name = number === undefined ? stream.file : `${stream.file}_${number}`;
    const made = files.makeDirectory(`${place.path}${directory}`, DIRECTORY_MODE);
    if (!made.ok) return made;
    const opened = files.open(`${place.path}${directory}/${name}`, 'create', FILE_MODE);
    if (!opened.ok) return opened;
    return ok(new DiskTracefile(files, place, directory, name, opened.value));
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  beginPacket(): OsResult<void> {
    return ok(undefined);
  }

  append(bytes: Uint8Array): OsResult<void> {
    assert(this.#data !== undefined, 'pre:tracefile.append:is-open');
    const written = appendWhole(this.#data, bytes, this.#byteLength);
    if (written.ok) this.#byteLength += bytes.length;
    return written;
  }

  pad(count: number): OsResult<void> {
    for (let left = count; left > 0; left -= COPY_BYTES) {
      const padded = this.append(new Uint8Array(Math.min(left, COPY_BYTES)));
      if (!padded.ok) return padded;
    }
    return ok(undefined);
  }

  truncate(byteLength: number): OsResult<void> {
    const truncated = this.#with(this.#data, this.#dataPath, (file) => file.truncate(byteLength));
    if (truncated.ok) this.#byteLength = byteLength;
    return truncated;
  }

  appendIndex(entry: Uint8Array): OsResult<void> {
    if (this.#isGone) return ok(undefined);
    if (this.#index === undefined) {
      const opened = this.#openIndex();
      if (!opened.ok) return opened;
      this.#index = opened.value;
    }
    const written = appendWhole(this.#index, entry, this.#indexBytes);
    if (written.ok) this.#indexBytes += entry.length;
    if (this.#data === undefined) this.#closeIndex();
    return written;
  }

  shortenIndex(bytes: number): OsResult<void> {
    if (bytes === 0) return ok(undefined);
    return this.#with(this.#index, this.#indexPath, (index) => {
      const length = index.byteLength();
      if (!length.ok) return length;
      const left = Math.max(INDEX_HEADER_BYTES, length.value - bytes);
      const truncated = index.truncate(left);
      if (truncated.ok) this.#indexBytes = left;
      return truncated;
    });
  }

  positionFrom(position: number): number {
    return position;
  }

  /** A file stays as long as it has its name. */
  keep(): () => void {
    return () => undefined;
  }

  readIndex(position: number): OsResult<IndexEntry> {
    const at = INDEX_HEADER_BYTES + position * INDEX_ENTRY_BYTES;
    const bytes = this.#readAt(this.#indexPath, at, INDEX_ENTRY_BYTES);
    return bytes.ok ? ok(readIndexEntry(bytes.value)) : bytes;
  }

  read(offset: bigint, byteLength: number): OsResult<Uint8Array> {
    if (offset + BigInt(byteLength) > this.#byteLength) {
      return fail({ code: 'EINVAL', call: 'files.read', subject: this.#dataPath });
    }
    return this.#readAt(this.#dataPath, Number(offset), byteLength);
  }

  copy(
    offset: number,
    byteLength: number,
    take: (bytes: Uint8Array) => OsResult<void>,
  ): OsResult<void> {
    const opened = this.#files.open(this.#dataPath, 'read');
    if (!opened.ok) return opened;
    const buffer = new Uint8Array(COPY_BYTES);
    let outcome: OsResult<void> = ok(undefined);
    for (let done = 0; done < byteLength && outcome.ok; ) {
      const part = buffer.subarray(0, Math.min(COPY_BYTES, byteLength - done));
      const read = opened.value.read(part, offset + done);
      if (!read.ok) outcome = read;
      else if (read.value === 0) outcome = { ok: false, error: shorter(this.#dataPath) };
      else {
        outcome = take(part.subarray(0, read.value));
        done += read.value;
      }
    }
    opened.value.close();
    return outcome;
  }

  close(): void {
    this.#data?.close();
    this.#data = undefined;
    this.#closeIndex();
  }

  remove(): OsResult<void> {
    this.close();
    this.#isGone = true;
    const data = this.#files.remove(this.#dataPath);
    const index = this.#files.remove(this.#indexPath);
    if (!data.ok) return data;
    return index.ok || index.error.code === 'ENOENT' ? ok(undefined) : index;
  }

  /** Reads from a file of this name that a peer may have removed, and another have created again. */
  #readAt(path: string, at: number, byteLength: number): OsResult<Uint8Array> {
    if (this.#isGone || this.#place.isRemoved)
      return fail({ code: 'ENOENT', call: 'files.open', subject: path });
    const opened = this.#files.open(path, 'read');
    if (!opened.ok) return opened;
    const bytes = new Uint8Array(byteLength);
    for (let done = 0; done < byteLength; ) {
      const read = opened.value.read(bytes.subarray(done), at + done);
      if (!read.ok || read.value === 0) {
        opened.value.close();
        return read.ok ? fail(shorter(path)) : read;
      }
      done += read.value;
    }
    opened.value.close();
    return ok(bytes);
  }

  get #dataPath(): string {
    return `${this.#place.path}${this.#directory}/${this.#name}`;
  }

  get #indexDirectory(): string {
    return `${this.#place.path}${this.#directory}/index`;
  }

  get #indexPath(): string {
    return `${this.#indexDirectory}/${this.#name}.idx`;
  }

  #closeIndex(): void {
    this.#index?.close();
    this.#index = undefined;
  }

  #openIndex(): OsResult<OpenFile> {
    const made = this.#files.makeDirectory(this.#indexDirectory, DIRECTORY_MODE);
    if (!made.ok) return made;
    const opened = this.#files.open(this.#indexPath, 'append', FILE_MODE);
    if (!opened.ok) return opened;
    const length = opened.value.byteLength();
    const isNew = length.ok && length.value === 0;
    const header = isNew ? appendWhole(opened.value, indexHeader(), 0) : length;
    if (length.ok) this.#indexBytes = isNew ? INDEX_HEADER_BYTES : length.value;
    if (header.ok) return opened;
    opened.value.close();
    return header;
  }

  /** Calls `act` with the open file, or with one that is open for this call. */
  #with(
    file: OpenFile | undefined,
    path: string,
    act: (file: OpenFile) => OsResult<void>,
  ): OsResult<void> {
    if (file !== undefined) return act(file);
    const opened = this.#files.open(path, 'append', FILE_MODE);
    if (!opened.ok) return opened;
    const outcome = act(opened.value);
    opened.value.close();
    return outcome;
  }
}

/** Appends all bytes, or none: a file of `before` bytes is as it was after a failure. */
function appendWhole(file: OpenFile, bytes: Uint8Array, before: number): OsResult<void> {
  for (let done = 0; done < bytes.length; ) {
    const written = file.append([done === 0 ? bytes : bytes.subarray(done)]);
    if (!written.ok) {
      const restored = file.truncate(before);
      return restored.ok ? written : restored;
    }
    done += written.value;
  }
  return ok(undefined);
}

function shorter(path: string): { code: 'EIO'; call: string; subject: string; detail: string } {
  return { code: 'EIO', call: 'files.read', subject: path, detail: 'shorter than it was written' };
}
