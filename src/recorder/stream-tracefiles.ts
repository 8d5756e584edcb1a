/**
 * The files of one stream, as one sequence of bytes: a file, or several of bounded size, of which the oldest are
 * overwritten when their number is bounded, too. No packet is in two files. The names are LTTng's: `channel_7`, with a
 * bounded size `channel_7_0`, `channel_7_1` and so on; with a bounded count the numbers begin again after the last.
 *
 * A position is the bytes of all files so far, where each file but the last counts as full. So a position names a file
 * and a length of it, which is at least 1. The file of a packet is made, and the oldest one removed, before the
 * consumer writes the packet's checkpoint (`../ring/progress.ts`): until the packet is there, its file is empty.
 */
import { ok } from '../base/result.ts';
import type { Files } from '../port/files.ts';
import type { Tracefiles } from '../wire/common.ts';
import type { Appender } from './appender.ts';
import type { ProcessTrace } from './process-trace.ts';
import { type Recorded, strange, written } from './recording-error.ts';
import type { Reached, Standing } from './sink.ts';

/** Without bounds: one file, which is never full. */
const ONE_FILE: Tracefiles = { bytes: Number.MAX_SAFE_INTEGER, count: 0 };

/** What a stream's files are called. */
export interface FileNames {
  readonly files: Files;
  /** An open trace. */
  readonly trace: ProcessTrace;
  /** Without the number. */
  readonly name: string;
  readonly bounds: Tracefiles | undefined;
}

/** Where the files end. */
interface End {
  /** Files before the last one. */
  readonly index: number;
  /** The only file is empty, since it was to be overwritten, and what was in it ended here. */
  readonly emptiedAt?: number;
}

export class StreamTracefiles {
  readonly #names: FileNames;
  readonly #bounds: Tracefiles;
  /** Files before the current one, overwritten ones too. */
  #index: number;
  #current: Appender;
  /** See {@link End.emptiedAt}: the next packet begins the next file. */
  #emptiedAt: number | undefined;

  private constructor(names: FileNames, { index, emptiedAt }: End, current: Appender) {
    this.#names = names;
    this.#bounds = names.bounds ?? ONE_FILE;
    this.#index = index;
    this.#emptiedAt = emptiedAt;
    this.#current = current;
  }

  /** Opens the last file that has a packet, or creates the first one. */
  static open(names: FileNames, reached: Reached): Recorded<StreamTracefiles> {
    const end = endOf(names, reached);
    if (!end.ok) return end;
    const current = names.trace.openFile(nameAt(names, end.value.index));
    return current.ok
      ? ok(new StreamTracefiles(names, end.value, current.value))
      : written(current);
  }

  /** The end of the whole packets. */
  get position(): number {
    return this.#emptiedAt ?? this.#startOf(this.#index) + this.#current.byteLength;
  }

  /** Whether the current file is where it was. */
  standing(isThorough: boolean): Recorded<Standing> {
    return this.#emptiedAt === undefined ? written(this.#current.standing(isThorough)) : ok('here');
  }

  /** The first bytes of the file that this position is in; undefined: it was emptied. */
  headAt(position: number, length: number): Recorded<Uint8Array | undefined> {
    const index = indexAt(this.#names, position);
    if (position === this.#emptiedAt) return ok(undefined);
    if (index === this.#index) return written(this.#current.head(length));
    if (this.#bounds.count === 1) return ok(undefined);
    const file = this.#names.trace.openFile(nameAt(this.#names, index));
    if (!file.ok) return written(file);
    const head = file.value.head(length);
    file.value.close();
    return written(head);
  }

  /** Only what is before this position are whole packets: it is in the current file or in the one before it. */
  cut(position: number): Recorded {
    if (position === this.#emptiedAt) return ok(undefined);
    const index = indexAt(this.#names, position);
    if (index === this.#index - 1) return this.#stepBack(position);
    if (index !== this.#index || (position === 0 && this.#hasOthers))
      return strange('its files are missing');
    return written(this.#current.cut(position - this.#startOf(index)));
  }

  /** Discards the remains of an earlier attempt, makes the file of `bytes` more, returns the position after them. */
  makeRoom(bytes: number): Recorded<number> {
    const isWhole = this.#current.takeBack();
    if (!isWhole.ok) return written(isWhole);
    const { byteLength } = this.#current;
    const isFull = byteLength > 0 && byteLength + bytes > this.#bounds.bytes;
    const made = isFull || this.#emptiedAt !== undefined ? this.#beginNext() : ok(undefined);
    return made.ok ? ok(this.position + bytes) : made;
  }

  append(parts: readonly Uint8Array[]): Recorded {
    return written(this.#current.append(parts));
  }

  close(): void {
    this.#current.close();
  }

  /** Removes the current file. */
  remove(): Recorded {
    return this.#removeAt(this.#index);
  }

  #startOf(index: number): number {
    return index * this.#bounds.bytes;
  }

  /** A stream whose first file is gone does not begin among later ones. */
  get #hasOthers(): boolean {
    const { files, bounds } = this.#names;
    return bounds !== undefined && bounds.count !== 1 && files.info(pathAt(this.#names, 1)).ok;
  }

  /** Begins the next file, in place of the oldest one. */
  #beginNext(): Recorded {
    const index = this.#index + 1;
    const { position } = this;
    const removed = this.#removeAt(index);
    if (!removed.ok) return removed;
    if (this.#bounds.count === 1) this.#emptiedAt = position;
    return this.#goTo(index);
  }

  /** The current file has no whole packet. */
  #stepBack(position: number): Recorded {
    const index = this.#index - 1;
    const length = position - this.#startOf(index);
    const removed = this.remove();
    const opened = removed.ok ? this.#goTo(index) : removed;
    if (!opened.ok) return opened;
    if (this.#bounds.count === 1) this.#emptiedAt = position;
    else if (this.#current.byteLength < length) return strange('one of its files is shorter');
    else return written(this.#current.cut(length));
    return ok(undefined);
  }

  #removeAt(index: number): Recorded {
    const removed = this.#names.files.remove(pathAt(this.#names, index));
    return removed.ok || removed.error.code === 'ENOENT' ? ok(undefined) : written(removed);
  }

  #goTo(index: number): Recorded {
    const opened = this.#names.trace.openFile(nameAt(this.#names, index));
    if (!opened.ok) return written(opened);
    this.#current.close();
    this.#current = opened.value;
    this.#index = index;
    this.#emptiedAt = undefined;
    return ok(undefined);
  }
}

/** Where the files on the disk end; in the first one: what was reached is gone. */
function endOf(names: FileNames, { announced, stored }: Reached): Recorded<End> {
  const index = indexAt(names, announced);
  const isThere = hasPackets(names, index);
  if (!isThere.ok || isThere.value) return isThere.ok ? ok({ index }) : isThere;
  const before = indexAt(names, stored);
  if (names.bounds?.count === 1 && stored > 0) return ok({ index: before, emptiedAt: stored });
  if (before >= index) return ok({ index: 0 });
  const isBefore = hasPackets(names, before);
  return isBefore.ok ? ok({ index: isBefore.value ? before : 0 }) : isBefore;
}

/** How many files there are before the one that this position is in, or at the end of. */
function indexAt({ bounds = ONE_FILE }: FileNames, position: number): number {
  return Math.max(0, Math.ceil(position / bounds.bytes) - 1);
}

function nameAt({ name, bounds }: FileNames, index: number): string {
  if (bounds === undefined) return name;
  return `${name}_${bounds.count === 0 ? index : index % bounds.count}`;
}

function pathAt(names: FileNames, index: number): string {
  return `${names.trace.directory}/${nameAt(names, index)}`;
}

function hasPackets(names: FileNames, index: number): Recorded<boolean> {
  const info = names.files.info(pathAt(names, index));
  if (info.ok) return ok(info.value.byteLength > 0);
  return info.error.code === 'ENOENT' ? ok(false) : written(info);
}
