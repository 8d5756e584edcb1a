/**
 * The files of one stream in one place: one file, or several of bounded size of which the oldest are overwritten. The
 * names are LTTng's: `channel0_0`, with a bounded size `channel0_0_0`, `channel0_0_1` …
 */
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import type { Place, Tracefile } from './tracefile.ts';

export interface FileBounds {
  /** Most bytes of one file and most files, 0: no limit. */
  readonly size: bigint;
  readonly count: bigint;
}

/** Creates a file of the stream in `place`. `number`: of the file in a stream of several. */
export type CreateFile = (place: Place, number: number | undefined) => OsResult<Tracefile>;

export class StreamFiles {
  readonly #createFile: CreateFile;
  readonly #place: Place;
  readonly #bounds: FileBounds;
  /** The files that exist by their number, if their count is bounded; otherwise the last one only. */
  readonly #existing = new Map<number, Tracefile>();
  #hasLeft = false;
  #number = 0;
  #current: Tracefile;

  private constructor(createFile: CreateFile, place: Place, bounds: FileBounds, first: Tracefile) {
    this.#createFile = createFile;
    this.#place = place;
    this.#bounds = bounds;
    this.#current = first;
    this.#existing.set(0, first);
  }

  /** Creates the first file. */
  static create(createFile: CreateFile, place: Place, bounds: FileBounds): OsResult<StreamFiles> {
    const first = createFile(place, bounds.size === 0n ? undefined : 0);
    if (!first.ok) return first;
    place.hold();
    return ok(new StreamFiles(createFile, place, bounds, first.value));
  }

  get place(): Place {
    return this.#place;
  }

  get current(): Tracefile {
    return this.#current;
  }

  /** The file for a packet of this many bytes: the next one when the current one has no room for it. */
  fileFor(byteLength: number): OsResult<Tracefile> {
    const { size, count } = this.#bounds;
    const filled = this.#current.byteLength;
    if (size === 0n || filled === 0 || BigInt(filled + byteLength) <= size)
      return ok(this.#current);
    const next = this.#number + 1;
    const number = count > 0n && BigInt(next) >= count ? 0 : next;
    const oldest = this.#existing.get(number);
    if (oldest !== undefined) {
      const removed = oldest.remove();
      if (!removed.ok) return removed;
    }
    const created = this.#createFile(this.#place, number);
    if (!created.ok) return created;
    this.#current.close();
    if (count === 0n) this.#existing.clear();
    this.#existing.set(number, created.value);
    this.#number = number;
    this.#current = created.value;
    return created;
  }

  /** The stream leaves its last chunk, and the number of its last packet is not sure yet. */
  leave(): void {
    if (!this.#hasLeft) this.#place.leave();
    this.#hasLeft = true;
  }

  close(): void {
    this.#current.close();
    this.#place.release(this.#hasLeft);
  }
}
