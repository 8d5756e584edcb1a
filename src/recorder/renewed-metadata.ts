/**
 * Gives the metadata of a trace another clock offset, after a step of the time of day: a copy with the offset takes the
 * place of the file. At each moment the file is whole, and it is on the disk before it has its name. The copy is locked
 * first, so that its writer holds the lock of the trace all the time. A process that is killed before it renames the
 * copy leaves it in the trace, where readers ignore it; the next attempt uses it again.
 */
import { fail, ok } from '../base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import { withClockOffset } from '../ctf/metadata.ts';
import type { Files, OpenFile } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import { readFully } from '../port/read-fully.ts';
import { Appender } from './appender.ts';

/** Readers of traces skip files of such names. */
const COPY = '.metadata.new';
const COPY_MODE = 0o600;

/** Of a trace that no consumer has open: EAGAIN if one has. */
export function renewMetadata(
  files: Files,
  directory: string,
  clockOffsetNs: bigint,
): OsResult<void> {
  const present = files.open(metadataIn(directory), 'read');
  if (!present.ok) return present;
  const locked = present.value.lock();
  const text = locked.ok ? wholeOf(present.value) : locked;
  const renewed = text.ok ? replaceMetadata(files, directory, text.value, clockOffsetNs) : text;
  present.value.close();
  if (!renewed.ok) return renewed;
  renewed.value.close();
  return files.syncDirectory(directory);
}

/**
 * Replaces the file by the present `text` with the offset, and returns the new file, whose lock it holds. The caller
 * holds the lock of the present one, and syncs the directory. EINVAL: the text has no clock.
 */
export function replaceMetadata(
  files: Files,
  directory: string,
  text: Uint8Array,
  clockOffsetNs: bigint,
): OsResult<Appender> {
  const path = metadataIn(directory);
  const renewed = withClockOffset(decodeUtf8(text), clockOffsetNs);
  if (renewed === undefined) return fail({ code: 'EINVAL', call: 'metadata', subject: path });
  const place = `${directory}/${COPY}`;
  const copy = Appender.open(files, place, COPY_MODE);
  if (!copy.ok) return copy;
  const filled = fill(copy.value, encodeUtf8(renewed));
  const named = filled.ok ? files.rename(place, path) : filled;
  if (!named.ok) {
    copy.value.close();
    files.remove(place);
    return named;
  }
  copy.value.renamed(path);
  return copy;
}

function fill(copy: Appender, text: Uint8Array): OsResult<void> {
  const locked = copy.lock();
  const empty = locked.ok ? copy.cut(0) : locked;
  const appended = empty.ok ? copy.append([text]) : empty;
  return appended.ok ? copy.sync() : appended;
}

function wholeOf(file: OpenFile): OsResult<Uint8Array> {
  const length = file.byteLength();
  if (!length.ok) return length;
  const bytes = new Uint8Array(length.value);
  const count = readFully(file, bytes, 0);
  return count.ok ? ok(bytes.subarray(0, count.value)) : count;
}

function metadataIn(directory: string): string {
  return `${directory}/metadata`;
}
