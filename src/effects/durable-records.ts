/**
 * Records that outlive the process, each a file in a directory. A record is replaced as a whole: the new file is
 * written beside the old one, made durable, and then renamed to it, so that a process that reads after a crash finds
 * the old or the new record.
 *
 * A failed write (a full disk) is logged once and retried until it succeeds. Sessions continue meanwhile; only if the
 * registry is killed in between, the next one continues from the older record.
 */

import { parentOf } from '../base/path.ts';
import { fail, ok } from '../base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { OpenFile } from '../port/files.ts';
import type { LogEvent } from '../port/log.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import { appendFully, readFully } from '../port/read-fully.ts';
import type { World } from '../port/world.ts';

/** Bounds of the records that are loaded. */
const RECORDS_MAX = 1024;
const RECORD_BYTES_MAX = 4 * 1024 * 1024;

/** The interval between attempts to write. */
const RETRY_MS = 1000;

const SUFFIX = '.json';
const FRESH = '.new';
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** Identifies a record. */
export interface RecordKey {
  readonly directory: string;
  readonly name: string;
}

export interface LoadedRecords {
  readonly records: readonly { readonly name: string; readonly text: string }[];
  /** Every record in the directory could be read. */
  readonly isWhole: boolean;
}

/** A record that could not be written yet, and why. */
interface OwedRecord {
  readonly key: RecordKey;
  readonly text: string;
  readonly error: OsError;
}

export class DurableRecords {
  readonly #world: Pick<World, 'clock' | 'files' | 'log'>;
  /** The texts that are on the disk, by path. */
  readonly #written = new Map<string, string>();
  /** Records that could not be written yet, by path. */
  readonly #owed = new Map<string, OwedRecord>();
  /** Paths of records that could not be removed yet. A restart would load them as sessions, so removal is retried. */
  readonly #lingering = new Map<string, OsError>();
  #isRetryPending = false;

  constructor(world: Pick<World, 'clock' | 'files' | 'log'>) {
    this.#world = world;
  }

  /** Creates the directory, and reads its records. */
  load(directory: string): LoadedRecords {
    const { files } = this.#world;
    this.#complain('record.directoryFailed', files.makeDirectory(directory, DIRECTORY_MODE));
    this.#makeDurable(directory);
    const names = files.list(directory);
    this.#complain('record.listFailed', names);
    const records: { name: string; text: string }[] = [];
    let isWhole = names.ok;
    for (const file of names.ok ? names.value : []) {
      // A process died before it renamed this file.
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

  /** Renames an invalid record, so that it is kept and never loaded again. */
  setAside(key: RecordKey): void {
    const path = pathOf(key);
    const renamed = this.#world.files.rename(path, `${path}.damaged`);
    this.#complain('record.setAsideFailed', renamed);
  }

  /** Why the last write or removal of the record has not reached the disk. */
  failureOf(key: RecordKey): OsError | undefined {
    const path = pathOf(key);
    return this.#owed.get(path)?.error ?? this.#lingering.get(path);
  }

  /** Retries failed removals once. */
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

  /** The record at this path needs no further attempt to write. */
  #settle(path: string): void {
    if (this.#owed.delete(path) && this.#owed.size === 0) {
      this.#world.log('record.allWritten');
    }
  }

  /** Syncs two levels of parents, so that the directory itself exists after a power failure. */
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
