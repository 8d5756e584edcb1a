/**
 * Records that outlive the process, each a file in a directory. A record is replaced as a whole: it is written beside
 * the old one, made durable, and then takes its name, so that a process that reads after a crash finds the old or the
 * new one.
 *
 * What cannot be written (a full disk) is logged, once, and tried again until it can: sessions continue meanwhile, and
 * only a registry that is killed in between makes the next one continue from the older record.
 */

import { parentOf } from '../base/path.ts';
import { fail, ok } from '../base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { OpenFile } from '../port/files.ts';
import type { LogEvent } from '../port/log.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import { appendFully, readFully } from '../port/read-fully.ts';
import type { World } from '../port/world.ts';

/** Bounds of what is read back. */
const RECORDS_MAX = 1024;
const RECORD_BYTES_MAX = 4 * 1024 * 1024;

/** What could not be written is tried again this often. */
const RETRY_MS = 1000;

const SUFFIX = '.json';
const FRESH = '.new';
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** Names a record. */
export interface RecordKey {
  readonly directory: string;
  readonly name: string;
}

export interface LoadedRecords {
  readonly records: readonly { readonly name: string; readonly text: string }[];
  /** Every record that there is could be read. */
  readonly isWhole: boolean;
}

/** A record that could not be written, and why. */
interface OwedRecord {
  readonly key: RecordKey;
  readonly text: string;
  readonly error: OsError;
}

export class DurableRecords {
  readonly #world: Pick<World, 'clock' | 'files' | 'log'>;
  /** Texts as they are on the disk, by path. */
  readonly #written = new Map<string, string>();
  /** Records that could not be written, by path, as they are to be. */
  readonly #owed = new Map<string, OwedRecord>();
  /** Paths of records that ought to be gone. A restart would take them for sessions, so each is tried again. */
  readonly #lingering = new Map<string, OsError>();
  #isRetryPending = false;

  constructor(world: Pick<World, 'clock' | 'files' | 'log'>) {
    this.#world = world;
  }

  /** Makes the directory, and reads the records that are in it. */
  load(directory: string): LoadedRecords {
    const { files } = this.#world;
    this.#complain('record.directoryFailed', files.makeDirectory(directory, DIRECTORY_MODE));
    this.#makeDurable(directory);
    const names = files.list(directory);
    this.#complain('record.listFailed', names);
    const records: { name: string; text: string }[] = [];
    let isWhole = names.ok;
    for (const file of names.ok ? names.value : []) {
      // Begun by a process that died before the record had its name.
      if (file.endsWith(`${SUFFIX}${FRESH}`)) files.remove(`${directory}/${file}`);
      if (!file.endsWith(SUFFIX)) continue;
      const name = file.slice(0, -SUFFIX.length);
      const text = this.#read(`${directory}/${file}`);
      isWhole &&= text.ok && records.length < RECORDS_MAX;
      if (records.length >= RECORDS_MAX) break;
      if (text.ok) records.push({ name, text: text.value });
      else this.#complain('record.readFailed', text);
    }
    return { records, isWhole };
  }

  write(key: RecordKey, text: string): void {
    if (this.#written.get(pathOf(key)) === text) return;
    this.tidy();
    this.#keep(key, text);
  }

  remove(key: RecordKey): void {
    const path = pathOf(key);
    this.#written.delete(path);
    this.#settle(path);
    this.tidy();
    this.#complain('record.removeFailed', this.#removeFile(path));
  }

  /** Keeps a record that makes no sense under another name, and never loads it again. */
  setAside(key: RecordKey): void {
    const path = pathOf(key);
    const renamed = this.#world.files.rename(path, `${path}.damaged`);
    this.#complain('record.setAsideFailed', renamed);
  }

  /** Why the record is not on the disk as it was written, or removed, last. */
  failureOf(key: RecordKey): OsError | undefined {
    const path = pathOf(key);
    return this.#owed.get(path)?.error ?? this.#lingering.get(path);
  }

  /** Tries once more to remove what could not be removed. */
  tidy(): void {
    for (const path of this.#lingering.keys()) this.#removeFile(path);
  }

  #complain(event: LogEvent, outcome: OsResult<unknown>): void {
    if (outcome.ok) return;
    const { code, call, subject } = outcome.error;
    this.#world.log(event, { code, call, path: subject });
  }

  #removeFile(path: string): OsResult<void> {
    const removed = this.#world.files.remove(path);
    if (removed.ok || removed.error.code === 'ENOENT') this.#lingering.delete(path);
    else this.#lingering.set(path, removed.error);
    return removed;
  }

  #keep(key: RecordKey, text: string): void {
    const path = pathOf(key);
    const outcome = this.#replace(key, text);
    if (outcome.ok) {
      this.#written.set(path, text);
      this.#settle(path);
      return;
    }
    this.#written.delete(path);
    if (this.#owed.size === 0) {
      this.#complain('record.writeFailed', outcome);
    }
    this.#owed.set(path, { key, text, error: outcome.error });
    if (this.#isRetryPending) return;
    this.#isRetryPending = true;
    this.#world.clock.setTimer(RETRY_MS, () => {
      this.#isRetryPending = false;
      for (const owed of [...this.#owed.values()]) this.#keep(owed.key, owed.text);
    });
  }

  /** Nothing is owed to this path any more. */
  #settle(path: string): void {
    if (this.#owed.delete(path) && this.#owed.size === 0) {
      this.#world.log('record.allWritten');
    }
  }

  /** What is made durable in it can be found after a power failure when it, and what it is in, can be. */
  #makeDurable(directory: string): void {
    const { files } = this.#world;
    const place = parentOf(directory);
    for (const parent of [place, parentOf(place)]) {
      const synced = files.syncDirectory(parent);
      this.#complain('record.syncFailed', synced);
    }
  }

  #read(path: string): OsResult<string> {
    const file = this.#world.files.open(path, 'read');
    if (!file.ok) return file;
    const byteLength = file.value.byteLength();
    const text = byteLength.ok ? readText(path, file.value, byteLength.value) : byteLength;
    file.value.close();
    return text;
  }

  #replace(key: RecordKey, text: string): OsResult<void> {
    const { files } = this.#world;
    const path = pathOf(key);
    const fresh = `${path}${FRESH}`;
    files.remove(fresh);
    const file = files.open(fresh, 'create', FILE_MODE);
    if (!file.ok) return file;
    const appended = appendFully(fresh, file.value, encodeUtf8(text));
    const written = appended.ok ? file.value.sync() : appended;
    file.value.close();
    if (!written.ok) {
      files.remove(fresh);
      return written;
    }
    const renamed = files.rename(fresh, path);
    return renamed.ok ? files.syncDirectory(key.directory) : renamed;
  }
}

function pathOf({ directory, name }: RecordKey): string {
  return `${directory}/${name}${SUFFIX}`;
}

function readText(path: string, file: OpenFile, byteLength: number): OsResult<string> {
  if (byteLength > RECORD_BYTES_MAX) {
    return fail({ code: 'EIO', call: 'files.read', subject: path, detail: 'too long' });
  }
  const bytes = new Uint8Array(byteLength);
  const count = readFully(file, bytes, 0);
  return count.ok ? ok(decodeUtf8(bytes.subarray(0, count.value))) : count;
}
