/**
 * Small files that a user keeps, such as `.lttng/config`: JSON, or XML of LTTng. Anyone may have written one, so it is
 * bounded when it is read. A process writes a draft beside it, makes the draft durable and renames it, so that a reader
 * finds all of an old text or all of the new one, also after a kill or a power failure.
 */
import { parentOf } from '../base/path.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { Files } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import { appendFully, readFully } from '../port/read-fully.ts';
import type { World } from '../port/world.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

interface Reading {
  readonly bytesMax: number;
  /** False: only this user and root may own the file. */
  readonly isOfAnyone: boolean;
}

/** Undefined: there is no such file. An error is a reason for messages, which put it after the name of the file. */
export function readTextFile(
  { files, identity }: World,
  file: string,
  { bytesMax, isOfAnyone }: Reading,
): Result<string | undefined, string> {
  const info = files.info(file);
  if (!info.ok) {
    const { code } = info.error;
    return code === 'ENOENT' || code === 'ENOTDIR' ? ok(undefined) : fail(cannotRead(code));
  }
  if (info.value.kind !== 'file') return fail('is not a regular file');
  const { uid } = info.value;
  if (!isOfAnyone && uid !== identity.uid && uid !== 0) {
    return fail(`belongs to another user, uid ${uid}`);
  }
  if (info.value.byteLength > bytesMax) return fail(`is longer than ${bytesMax} bytes`);
  const text = readText(files, file, bytesMax);
  return text.ok ? text : fail(cannotRead(text.error.code));
}

/**
 * Writes the file `name` of a directory, which is created if it is missing.
 *
 * @param isDurable After the call the file outlives a power failure. Otherwise an older one may come back.
 */
export function writeJsonFile(
  { files, identity }: World,
  directory: string,
  name: string,
  json: string,
  isDurable = false,
): OsResult<void> {
  // Others may own the directory, and put links in it.
  const held = files.holdDirectory(directory, DIRECTORY_MODE);
  if (!held.ok) return held;
  const file = `${directory}/${name}`;
  const written = replaceFile(files, file, `${file}.${identity.pid}.new`, json);
  const synced = written.ok && isDurable ? syncWay(files, directory) : written;
  held.value.close();
  return synced;
}

function replaceFile(files: Files, file: string, draft: string, json: string): OsResult<void> {
  files.remove(draft);
  const opened = files.open(draft, 'create', FILE_MODE);
  if (!opened.ok) return opened;
  const appended = appendFully(draft, opened.value, encodeUtf8(`${json}\n`));
  const written = appended.ok ? opened.value.sync() : appended;
  opened.value.close();
  const renamed = written.ok ? files.rename(draft, file) : written;
  if (!renamed.ok) files.remove(draft);
  return renamed;
}

/** Makes the directory and the way to it durable: any part may be new, apart from what others keep closed. */
function syncWay(files: Files, directory: string): OsResult<void> {
  for (let at = directory; ; at = parentOf(at)) {
    const synced = files.syncDirectory(at);
    if (!synced.ok)
      return at !== directory && synced.error.code === 'EACCES' ? ok(undefined) : synced;
    if (at === '/') return synced;
  }
}

function readText(files: Files, file: string, bytesMax: number): OsResult<string> {
  const opened = files.open(file, 'read');
  if (!opened.ok) return opened;
  const bytes = new Uint8Array(bytesMax);
  const length = readFully(opened.value, bytes, 0);
  opened.value.close();
  return length.ok ? ok(decodeUtf8(bytes.subarray(0, length.value))) : length;
}

/** Undefined for other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function cannotRead(code: string): string {
  return `cannot be read: ${code}`;
}
