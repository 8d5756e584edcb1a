/** Divides a list that does not fit into one message. */
import { encodedBytes } from './frames.ts';
import { LIST_ENTRIES_MAX, PAGE_BYTES } from './limits.ts';

/** The page of `entries` that begins at `from`, with at least one entry, and the index of the next page. */
export function pageOf<T, U>(
  entries: readonly T[],
  from: number,
  toEntry: (entry: T) => U,
): { page: U[]; next?: number } {
  const page: U[] = [];
  let bytes = 0;
  for (const raw of entries.slice(from, from + LIST_ENTRIES_MAX)) {
    const entry = toEntry(raw);
    bytes += encodedBytes(entry);
    if (page.length > 0 && bytes > PAGE_BYTES) break;
    page.push(entry);
  }
  const next = from + page.length;
  return next < entries.length ? { page, next } : { page };
}
