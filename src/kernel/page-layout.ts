/**
 * The `events/header_page` file of tracefs: how the pages of a CPU's `trace_pipe_raw` begin (`rb_page` in the kernel's
 * `kernel/trace/ring_buffer.c`). Its length of a page is that of the global instance; each instance has its own, in
 * `buffer_subbuf_size_kb`.
 */
import { fail, ok, type Result } from '../base/result.ts';

export interface PageLayout {
  /** Bytes of the member `commit`: a `long` of the kernel. */
  readonly commitBytes: 4 | 8;
  /** Where the first record's header is. */
  readonly dataOffset: number;
}

/** Longest text. */
const HEADER_PAGE_CHARACTERS_MAX = 4096;
const MEMBER = /^\tfield: [^;]*?(\w+);\toffset:(\d{1,6});\tsize:(\d{1,6});\tsigned:[01];$/;
const TIMESTAMP_BYTES = 8;

/** The layout, or one sentence that names the error. */
export function parsePageLayout(text: string): Result<PageLayout, string> {
  if (text.length > HEADER_PAGE_CHARACTERS_MAX) {
    return fail(`header_page has more than ${HEADER_PAGE_CHARACTERS_MAX} characters`);
  }
  const members = new Map<string, { readonly offset: number; readonly bytes: number }>();
  for (const line of text.split('\n')) {
    const [, name, offset, bytes] = MEMBER.exec(line) ?? [];
    if (name !== undefined) members.set(name, { offset: Number(offset), bytes: Number(bytes) });
  }
  const timestamp = members.get('timestamp');
  const commit = members.get('commit');
  const data = members.get('data');
  if (timestamp === undefined || commit === undefined || data === undefined) {
    return fail('header_page lacks timestamp, commit or data');
  }
  const commitBytes = commit.bytes;
  if (
    timestamp.offset !== 0 ||
    timestamp.bytes !== TIMESTAMP_BYTES ||
    commit.offset !== TIMESTAMP_BYTES ||
    (commitBytes !== 4 && commitBytes !== 8) ||
    data.offset !== TIMESTAMP_BYTES + commitBytes
  ) {
    return fail('header_page describes an unknown layout');
  }
  return ok({ commitBytes, dataOffset: data.offset });
}
