/**
 * All traces under a directory as one run of messages by time: what `view` shows, once or following.
 *
 * ```
 * const set = openTraceSet(files, directory, { isFollowing: false });
 * for (let message = set.next(); message !== undefined; message = set.next()) ...
 * ```
 *
 * Following: when `next` gives undefined, wait, call `refresh`, go on. Messages are then by time among those
 * that one refresh found; a stream whose writer flushes late comes late.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { Files } from '../port/world.ts';
import { MessageMerger } from './merge.ts';
import type { TraceMessage } from './message.ts';
import { findTraces, openTrace, type TraceReader } from './reader.ts';
import type { StreamReader } from './stream-reader.ts';

export class TraceSet {
  private readonly files: Files;
  private readonly directory: string;
  private readonly isFollowing: boolean;
  private readonly tracesByDirectory = new Map<string, TraceReader>();
  private readonly merger = new MessageMerger();
  private readonly merged = new WeakSet<StreamReader>();

  /** For {@link openTraceSet}. */
  constructor(files: Files, directory: string, isFollowing: boolean) {
    this.files = files;
    this.directory = directory;
    this.isFollowing = isFollowing;
  }

  get traces(): Iterable<TraceReader> {
    return this.tracesByDirectory.values();
  }

  /**
   * Takes in new traces, streams, metadata and packets. The sentences say what could not be read; the rest
   * goes on. A trace that cannot be opened is tried again at the next refresh.
   */
  refresh(): string[] {
    const problems: string[] = [];
    const directories = findTraces(this.files, this.directory);
    if (!directories.ok) problems.push(directories.error);
    const opened = new Set<TraceReader>();
    for (const directory of directories.ok ? directories.value : []) {
      if (this.tracesByDirectory.has(directory)) continue;
      const trace = openTrace(this.files, directory);
      if (trace.ok) {
        this.tracesByDirectory.set(directory, trace.value);
        opened.add(trace.value);
      } else problems.push(trace.error);
    }
    for (const trace of this.tracesByDirectory.values()) {
      const refreshed = opened.has(trace) ? ok(undefined) : trace.refresh();
      if (!refreshed.ok) problems.push(refreshed.error);
      this.addStreams(trace);
    }
    this.merger.wake(this.isFollowing);
    return problems;
  }

  /** The next message by time; undefined when there is none (yet). */
  next(): TraceMessage | undefined {
    return this.merger.next(this.isFollowing);
  }

  close(): void {
    for (const trace of this.tracesByDirectory.values()) trace.close();
    this.tracesByDirectory.clear();
  }

  private addStreams(trace: TraceReader): void {
    for (const stream of trace.streams) {
      if (this.merged.has(stream)) continue;
      this.merged.add(stream);
      this.merger.add(stream);
    }
  }
}

/** What opening found: the set, and a sentence for each trace in it that cannot be read. */
export interface OpenedTraceSet {
  readonly set: TraceSet;
  readonly problems: readonly string[];
}

/**
 * Opens every trace under `directory`. Fails with one sentence when there is none (unless following, where
 * one may still come) or the directory cannot be listed.
 */
export function openTraceSet(
  files: Files,
  directory: string,
  options: { readonly isFollowing: boolean },
): Result<OpenedTraceSet, string> {
  const found = findTraces(files, directory);
  if (!found.ok) return found;
  if (found.value.length === 0 && !options.isFollowing)
    return fail(`No trace lies under ${directory}`);
  const set = new TraceSet(files, directory, options.isFollowing);
  const problems = set.refresh();
  return ok({ set, problems });
}

/** Merges streams that do not grow by time, lazily. */
export function* mergeEvents(streams: Iterable<StreamReader>): Generator<TraceMessage> {
  const merger = new MessageMerger();
  for (const stream of streams) merger.add(stream);
  merger.wake(false);
  for (;;) {
    const message = merger.next(false);
    if (message === undefined) return;
    yield message;
  }
}
