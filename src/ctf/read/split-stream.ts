/**
 * A stream that its tracer has split over several files, as one run of messages (LTTng's tracefile size and count).
 * Packets have numbers, and so the files have an order: that of their names holds only until the oldest file is
 * overwritten. Losses between two files count as losses within one. One file is open at a time: what is overwritten
 * before it is read is a loss, too.
 */
import type { Result } from '../../base/result.ts';
import type { TraceMessage } from './message.ts';
import type { FirstPacket, StreamReader } from './stream-reader.ts';

/** `channel_7_2`: what files of one stream have in common, and a number. */
const SPLIT_NAME = /^(.+_\d+)_\d+$/;

/** What the names of all files of the stream begin with; undefined: the name is not that of one of several files. */
export function splitName(name: string): string | undefined {
  return SPLIT_NAME.exec(name)?.[1];
}

interface SplitFile {
  readonly name: string;
  /** Undefined: the file did not have a whole packet, so it is the last one. */
  readonly first: FirstPacket | undefined;
  /** Its length at the last look. */
  readonly byteLength: number;
}

export type OpenStreamFile = (name: string) => Result<StreamReader, string>;

export class SplitStream {
  readonly path: string;
  readonly #open: OpenStreamFile;
  /** Names the stream in the headers of its packets. */
  readonly #stream: string;
  readonly #files = new Map<string, SplitFile>();
  /** Files to be read, in order. */
  #waiting: SplitFile[] = [];
  #current: StreamReader | undefined;
  /** Bytes of the files before the current one. */
  #passedBytes = 0;

  /** `path`: of its files, without their numbers. */
  constructor(path: string, stream: string, open: OpenStreamFile) {
    this.path = path;
    this.#stream = stream;
    this.#open = open;
  }

  /** Takes the file if it is of this stream, or may be: it has no whole packet yet. */
  offer(name: string): boolean {
    const file = this.#look(name);
    if (file !== undefined) this.#add(file);
    return file !== undefined;
  }

  /** Finds the files that have a whole packet by now, and those that were overwritten: the oldest ones. */
  refresh(): void {
    const unsure = this.#waiting.filter(({ first }) => first === undefined);
    this.#waiting = this.#waiting.filter(({ first }) => first !== undefined);
    for (const file of unsure) this.#add(this.#look(file.name) ?? file);
    for (;;) {
      const oldest = this.#oldest;
      const now = oldest && this.#look(oldest.name);
      if (now?.first === undefined || now.first.number === oldest?.first?.number) return;
      this.#waiting = this.#waiting.filter(({ name }) => name !== now.name);
      this.#add(now);
    }
  }

  /** The first packet that was not overwritten at the last look. */
  get first(): FirstPacket | undefined {
    return this.#oldest?.first;
  }

  /** There may be another file at any time. */
  get ended(): boolean {
    return false;
  }

  get reachedBytes(): number {
    return this.#passedBytes + (this.#current?.reachedBytes ?? 0);
  }

  /** Of the files that are read, the current one, and those that wait, as far as it is known. */
  byteLength(): number {
    const waiting = this.#waiting.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return this.#passedBytes + (this.#current?.byteLength() ?? 0) + waiting;
  }

  /** See {@link StreamReader.next}. Only the last file may still grow. */
  next(isFollowing: boolean): TraceMessage | undefined {
    for (;;) {
      const isLast = this.#waiting.length === 0;
      const message = this.#current?.next(isFollowing && isLast);
      if (message !== undefined) return message;
      if (isLast) return undefined;
      this.#goOn();
    }
  }

  close(): void {
    this.#current?.close();
    this.#current = undefined;
  }

  get #oldest(): SplitFile | undefined {
    return [...this.#files.values()].sort(inOrder)[0];
  }

  #add(file: SplitFile): void {
    this.#files.set(file.name, file);
    this.#waiting.push(file);
    this.#waiting.sort(inOrder);
  }

  /** The file as it is now; undefined: it is gone, or of another stream. */
  #look(name: string): SplitFile | undefined {
    const opened = this.#open(name);
    if (!opened.ok) return undefined;
    const first = opened.value.firstPacket();
    const byteLength = opened.value.byteLength();
    opened.value.close();
    const isOther = first !== undefined && first.stream !== this.#stream;
    return isOther ? undefined : { name, first, byteLength };
  }

  /** Goes on in the next file that has not been overwritten meanwhile. */
  #goOn(): void {
    const file = this.#waiting.shift();
    const opened = file && this.#open(file.name);
    if (file === undefined || opened?.ok !== true) return;
    const reader = opened.value;
    const first = reader.firstPacket();
    const isOther = file.first !== undefined && first?.number !== file.first.number;
    if (isOther || (first !== undefined && first.stream !== this.#stream)) {
      reader.close();
      return;
    }
    if (this.#current !== undefined) {
      this.#passedBytes += this.#current.byteLength();
      reader.follow(this.#current);
      this.#current.close();
    }
    this.#current = reader;
    this.#files.set(file.name, { ...file, first });
  }
}

function inOrder({ first: a }: SplitFile, { first: b }: SplitFile): number {
  if (a?.number === b?.number) return 0;
  if (a === undefined) return 1;
  return b === undefined || a.number < b.number ? -1 : 1;
}
