/** A trace file that only ever grows by whole pieces: what did not fit is taken back. */
import { fail, ok } from '../base/result.ts';
import type { Files, OpenFile, OsResult } from '../port/world.ts';

export class Appender {
  readonly #path: string;
  readonly #file: OpenFile;
  #byteLength = 0;
  /** Bytes of a piece that could not be taken back yet. */
  #torn = false;

  private constructor(path: string, file: OpenFile) {
    this.#path = path;
    this.#file = file;
  }

  /** Makes the file; EEXIST when there is one. */
  static create(files: Files, path: string, mode: number): OsResult<Appender> {
    const file = files.open(path, 'create', mode);
    return file.ok ? ok(new Appender(path, file.value)) : file;
  }

  /** Appends all parts or nothing; ENOSPC and EIO leave the file as it was. */
  append(parts: readonly Uint8Array[]): OsResult<void> {
    if (this.#torn) {
      const cut = this.#takeBack();
      if (!cut.ok) return cut;
    }
    let rest = parts.filter((part) => part.length > 0);
    while (rest.length > 0) {
      const taken = this.#file.append(rest);
      if (!taken.ok || taken.value === 0) {
        this.#torn = true;
        this.#takeBack();
        return taken.ok
          ? fail({ code: 'ENOSPC', call: 'files.append', subject: this.#path })
          : taken;
      }
      rest = without(rest, taken.value);
    }
    this.#byteLength += parts.reduce((sum, part) => sum + part.length, 0);
    return ok(undefined);
  }

  close(): void {
    this.#file.close();
  }

  #takeBack(): OsResult<void> {
    const cut = this.#file.truncate(this.#byteLength);
    if (cut.ok) this.#torn = false;
    return cut;
  }
}

/** `parts` less their first `count` bytes. */
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
