/** A trace file that grows by whole pieces only: a piece that did not fit is truncated. */
import { fail, ok } from '../base/result.ts';
import type { Files, OpenFile } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import { readFully } from '../port/read-fully.ts';
import type { Standing } from './sink.ts';

export class Appender {
  #path: string;
  readonly #file: OpenFile;
  #byteLength: number;
  /** The path led to the file when it was opened: not in a directory that is held open and was moved. */
  readonly #wasNamed: boolean;
  /** The file ends with part of a piece that could not be truncated yet. */
  #torn = false;

  private constructor(path: string, file: OpenFile, byteLength: number, wasNamed: boolean) {
    this.#path = path;
    this.#file = file;
    this.#byteLength = byteLength;
    this.#wasNamed = wasNamed;
  }

  /** Opens or creates the file. Existing content counts as whole pieces until {@link cut} shortens it. */
  static open(files: Files, path: string, mode: number): OsResult<Appender> {
    const file = files.open(path, 'append', mode);
    if (!file.ok) return file;
    const made = Appender.#of(path, file.value);
    if (!made.ok) file.value.close();
    return made;
  }

  static #of(path: string, file: OpenFile): OsResult<Appender> {
    const standing = file.standing(path);
    if (!standing.ok) return standing;
    const byteLength = file.byteLength();
    if (!byteLength.ok) return byteLength;
    return ok(new Appender(path, file, byteLength.value, standing.value.isNamed));
  }

  /** The file was renamed to this path. */
  renamed(path: string): void {
    this.#path = path;
  }

  /** Whether the file is there with all whole pieces; only a thorough look finds that it was moved. */
  standing(isThorough: boolean): OsResult<Standing> {
    const found = this.#file.standing(isThorough ? this.#path : undefined);
    if (!found.ok) return found;
    const { byteLength, isNamed, isRemoved } = found.value;
    if (isRemoved || byteLength < this.#byteLength) return ok('gone');
    return ok(isNamed || !this.#wasNamed ? 'here' : 'moved');
  }

  /** The length of the whole pieces. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** EAGAIN: another process holds the lock. Takes the present length, which the last holder may have changed. */
  lock(): OsResult<void> {
    const locked = this.#file.lock();
    if (!locked.ok) return locked;
    const byteLength = this.#file.byteLength();
    if (byteLength.ok) this.#byteLength = byteLength.value;
    return byteLength.ok ? ok(undefined) : byteLength;
  }

  /** Truncates the file to its first `byteLength` bytes: only these are whole pieces. */
  cut(byteLength: number): OsResult<void> {
    if (byteLength === this.#byteLength) return ok(undefined);
    this.#byteLength = byteLength;
    this.#torn = true;
    return this.takeBack();
  }

  /** The first bytes of the file; fewer than `length` when it is shorter. */
  head(length: number): OsResult<Uint8Array> {
    const bytes = new Uint8Array(length);
    const count = readFully(this.#file, bytes, 0);
    return count.ok ? ok(bytes.subarray(0, count.value)) : count;
  }

  /** Appends all parts or nothing; ENOSPC and EIO leave the file as it was. */
  append(parts: readonly Uint8Array[]): OsResult<void> {
    const cut = this.takeBack();
    if (!cut.ok) return cut;
    let rest = parts.filter((part) => part.length > 0);
    while (rest.length > 0) {
      const taken = this.#file.append(rest);
      if (!taken.ok || taken.value === 0) {
        this.#torn = true;
        this.takeBack();
        return taken.ok
          ? fail({ code: 'ENOSPC', call: 'files.append', subject: this.#path })
          : taken;
      }
      rest = without(rest, taken.value);
    }
    this.#byteLength += parts.reduce((sum, part) => sum + part.length, 0);
    return ok(undefined);
  }

  /** Makes what was appended durable. */
  sync(): OsResult<void> {
    return this.#file.sync();
  }

  close(): void {
    this.#file.close();
  }

  /** Truncates the remains of a piece that did not fit. */
  takeBack(): OsResult<void> {
    if (!this.#torn) return ok(undefined);
    const cut = this.#file.truncate(this.#byteLength);
    if (cut.ok) this.#torn = false;
    return cut;
  }
}

/** `parts` without their first `count` bytes. */
function without(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    const from = Math.min(skip, part.length);
    skip -= from;
    if (from < part.length) rest.push(part.subarray(from));
  }
  return rest;
}
