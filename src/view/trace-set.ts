/**
 * All traces under some directories as one sequence of messages by time: `view` shows it, once or following.
 *
 * ```
 * const set = openTraceSet(files, paths, { isFollowing: false });
 * for (let message = set.next(); message !== undefined; message = set.next()) ...
 * ```
 *
 * Following: when `next` returns undefined, the caller waits {@link POLL_MS}, calls `refresh`, and continues.
 *
 * Order while traces grow. A consumer writes a stream at the latest one switch period (1 s by default) after an
 * event. So an event may be in its file before an earlier event of another stream, or of a process whose trace does
 * not exist yet. The set therefore returns an event once its bytes have been in the file for {@link HOLD_MS},
 * independent of the streams known so far. Events are then in time order as long as the consumer keeps its period, and
 * each is shown at most switch period + `POLL_MS` + `HOLD_MS` after it happened, plus the time that reading takes.
 * The set reads only its own monotonic clock and never compares it with a trace's clock. Events that a consumer
 * writes later are shown when they arrive, out of order.
 */
import { fail, ok, type Result } from '../base/result.ts';
import { NS_PER_MS_BIGINT } from '../base/time.ts';
import type { TraceMessage, TraceSource } from '../ctf/read/message.ts';
import { findTraces, openTrace, type TraceReader, type TraceStream } from '../ctf/read/reader.ts';
import type { Files } from '../port/files.ts';
import { MessageMerger } from './merge.ts';

/** How often the caller searches the directories and reads the growing files. */
export const POLL_MS = 200;
/** How long bytes are in a file before they are shown: longer than switch period and poll together. */
export const HOLD_MS = 1500;

/** Length of a stream's file at one time. */
interface Observation {
  readonly atNs: bigint;
  readonly byteLength: number;
}

export class TraceSet {
  readonly #files: Files;
  readonly #paths: readonly string[];
  readonly #tracesByDirectory = new Map<string, TraceReader>();
  readonly #merger = new MessageMerger();
  /** Per stream, oldest first; the first one is at least {@link HOLD_MS} old if any is. */
  readonly #observations = new Map<TraceStream, Observation[]>();
  readonly #windows = { windows: 0 };
  readonly #reported = new Set<string>();
  readonly #isWanted: (environment: TraceSource['environment']) => boolean;
  /** Directories of traces that are not wanted. */
  readonly #others = new Set<string>();
  #isFollowing: boolean;
  #nowNs = 0n;

  /** For {@link openTraceSet}. */
  constructor(files: Files, paths: readonly string[], options: TraceSetOptions) {
    this.#files = files;
    this.#paths = paths;
    this.#isFollowing = options.isFollowing;
    this.#isWanted = options.isWanted ?? (() => true);
  }

  /** How many traces were found that are not wanted. */
  get otherTraces(): number {
    return this.#others.size;
  }

  get traces(): Iterable<TraceReader> {
    return this.#tracesByDirectory.values();
  }

  /**
   * Finds new traces, streams, metadata and packets. `nowNs`: a monotonic clock, needed when following. Each sentence
   * names one trace or stream that cannot be read, once; the others continue. The next refresh tries again to open
   * a trace that cannot be opened.
   */
  refresh(nowNs: bigint): string[] {
    const problems: string[] = [];
    this.#nowNs = nowNs;
    this.#search(problems);
    for (const trace of this.#tracesByDirectory.values()) {
      problems.push(...trace.refresh());
      for (const stream of trace.streams) this.#observe(stream);
    }
    this.#merger.wake(this.#isFollowing);
    const fresh = problems.filter((problem) => !this.#reported.has(problem));
    for (const problem of fresh) this.#reported.add(problem);
    return fresh;
  }

  /** The next message by time; undefined if there is none (yet). */
  next(): TraceMessage | undefined {
    return this.#merger.next(this.#isFollowing ? this.#isSettled : undefined);
  }

  /** Ends all waits: `next` returns all present messages. The sentences are those of {@link refresh}. */
  finish(nowNs: bigint): string[] {
    this.#isFollowing = false;
    return this.refresh(nowNs);
  }

  close(): void {
    for (const trace of this.#tracesByDirectory.values()) trace.close();
    this.#tracesByDirectory.clear();
  }

  #search(problems: string[]): void {
    for (const path of this.#paths) {
      const directories = findTraces(this.#files, path);
      if (!directories.ok) problems.push(directories.error);
      for (const directory of directories.ok ? directories.value : []) {
        if (this.#tracesByDirectory.has(directory) || this.#others.has(directory)) continue;
        const opened = openTrace(this.#files, directory, this.#windows);
        if (opened.ok) this.#add(directory, opened.value);
        else problems.push(opened.error);
      }
    }
  }

  #add(directory: string, trace: TraceReader): void {
    if (!this.#isWanted(trace.source.environment)) {
      trace.close();
      this.#others.add(directory);
      return;
    }
    const moved = this.#movedHere(trace);
    if (moved === undefined) {
      this.#tracesByDirectory.set(directory, trace);
      return;
    }
    trace.close();
    this.#tracesByDirectory.delete(moved.directory);
    this.#tracesByDirectory.set(directory, moved);
    moved.moveTo(directory);
  }

  /** The trace under its earlier name: its session was rotated while this set follows it. */
  #movedHere({ schema: { uuid } }: TraceReader): TraceReader | undefined {
    if (uuid === undefined || !this.#isFollowing) return undefined;
    const known = [...this.#tracesByDirectory.values()].find(({ schema }) => schema.uuid === uuid);
    return known === undefined || this.#isStillThere(known) ? undefined : known;
  }

  #isStillThere({ directory, schema }: TraceReader): boolean {
    const there = openTrace(this.#files, directory);
    if (!there.ok) return false;
    there.value.close();
    return there.value.schema.uuid === schema.uuid;
  }

  #observe(stream: TraceStream): void {
    let seen = this.#observations.get(stream);
    if (seen === undefined) {
      seen = [];
      this.#observations.set(stream, seen);
      this.#merger.add(stream);
    }
    if (!this.#isFollowing || stream.ended) return;
    const byteLength = stream.byteLength();
    if (seen.at(-1)?.byteLength !== byteLength) seen.push({ atNs: this.#nowNs, byteLength });
    while (seen[1] !== undefined && this.#isOld(seen[1])) seen.shift();
  }

  readonly #isSettled = (stream: TraceStream): boolean => {
    const oldest = this.#observations.get(stream)?.[0];
    return oldest !== undefined && this.#isOld(oldest) && stream.reachedBytes <= oldest.byteLength;
  };

  #isOld({ atNs }: Observation): boolean {
    return this.#nowNs - atNs >= BigInt(HOLD_MS) * NS_PER_MS_BIGINT;
  }
}

export interface TraceSetOptions {
  readonly isFollowing: boolean;
  /** A monotonic clock; needed when following. */
  readonly nowNs?: bigint;
  /** Leaves out the traces for which it returns false. */
  readonly isWanted?: (environment: TraceSource['environment']) => boolean;
}

/** An opened set, and a sentence for each trace in it that cannot be read. */
export interface OpenedTraceSet {
  readonly set: TraceSet;
  readonly problems: readonly string[];
}

/** Why no trace can be read; `code` is stable. */
export interface OpenError {
  readonly code: 'path-not-found' | 'path-not-readable' | 'no-trace' | 'trace-not-readable';
  /** One sentence. */
  readonly message: string;
}

/**
 * Opens every trace under `paths`. Fails if a path cannot be listed, or if there is no readable trace; when
 * following, traces may also appear later.
 */
export function openTraceSet(
  files: Files,
  paths: readonly string[],
  options: TraceSetOptions,
): Result<OpenedTraceSet, OpenError> {
  for (const path of paths) {
    const listed = files.list(path);
    if (listed.ok) continue;
    const { code } = listed.error;
    if (code === 'ENOENT') return refuse('path-not-found', `There is nothing at ${path}.`);
    if (code === 'ENOTDIR') {
      return refuse(
        'no-trace',
        `${path} is not a directory; name the directory that holds the trace.`,
      );
    }
    return refuse('path-not-readable', `${path} cannot be read: ${code}.`);
  }
  const { isFollowing, nowNs = 0n } = options;
  const set = new TraceSet(files, paths, options);
  const problems = set.refresh(nowNs);
  const isEmpty = set.traces[Symbol.iterator]().next().done === true && set.otherTraces === 0;
  if (isFollowing || !isEmpty) return ok({ set, problems });
  const [problem] = problems;
  if (problem !== undefined) return refuse('trace-not-readable', `${problem}.`);
  return refuse('no-trace', `There is no trace under ${paths.join(', ')}.`);
}

function refuse(code: OpenError['code'], message: string): Result<never, OpenError> {
  return fail({ code, message });
}
