/** Finds the thread that wrote each stream of a trace. */
import type { Ledger, ThreadAccount } from './ledger.ts';
import type { StreamContent } from './trace-content.ts';

export interface Written {
  readonly stream: StreamContent;
  /**
   * Threads with the stream's process id. If several had the id one after the other: the thread that had it at the
   * first event; all of them when the stream has no event and no loss.
   */
  readonly writers: readonly ThreadAccount[];
}

export function writersOf({ threads }: Ledger, streams: readonly StreamContent[]): Written[] {
  return streams.map((stream) => ({ stream, writers: writersOfOne(threads, stream) }));
}

function writersOfOne(
  threads: readonly ThreadAccount[],
  { pid, since }: StreamContent,
): readonly ThreadAccount[] {
  const having = threads.filter((thread) => thread.pid === pid);
  if (since === undefined || having.length < 2) return having;
  return having.filter(({ startedAt }) => startedAt <= since).slice(-1);
}

/** The streams that certainly this thread wrote. */
export function streamsOf(written: readonly Written[], thread: ThreadAccount): StreamContent[] {
  return written.flatMap(({ stream, writers }) =>
    writers.length === 1 && writers[0] === thread ? [stream] : [],
  );
}
