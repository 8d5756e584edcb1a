/**
 * Handler of `journal.*`: records that outlive the process. A record is replaced as a whole: it is written beside
 * the old one, made durable, and then takes its name, so that whoever reads after a crash finds the old or the new.
 *
 * What cannot be written (a full disk) is logged, once, and tried again until it can: sessions go on meanwhile, and
 * only a registry that is killed in between makes the next one go on from the older record.
 */
import { parentOf } from '../base/path.ts';
import { fail, ok } from '../base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { Timer } from '../port/clock.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import { appendFully, readFully } from '../port/read-fully.ts';
import type { World } from '../port/world.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { JournalEffect } from './contract/journal.ts';

/** Bounds of what is read back. */
const RECORDS_MAX = 1024;
const RECORD_BYTES_MAX = 4 * 1024 * 1024;

/** What could not be written is tried again this often. */
const RETRY_MS = 1000;

const SUFFIX = '.json';
const FRESH = '.new';
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

interface DurableRecord {
  readonly directory: string;
  readonly name: string;
  readonly text: string;
}
/** A record that could not be written, and why. */
type Owed = DurableRecord & { readonly error: OsError };

export function createJournalHandler(world: World, deliver: Deliver): EffectHandler<JournalEffect> {
  const { files } = world;
  /** Records as they are on the disk. */
  const written = new Map<string, string>();
  /** Records that could not be written, by path, as they are to be. */
  const owed = new Map<string, Owed>();
  let retry: Timer | undefined;
  /** Paths of records that ought to be gone. A restart would take them for sessions, so it is tried again and again. */
  const lingering = new Map<string, OsError>();

  function complain(message: string, outcome: OsResult<unknown>): void {
    if (outcome.ok) return;
    const { code, call, subject } = outcome.error;
    world.log('error', message, { code, call, path: subject });
  }

  function remove(path: string): OsResult<void> {
    const removed = files.remove(path);
    if (removed.ok || removed.error.code === 'ENOENT') lingering.delete(path);
    else lingering.set(path, removed.error);
    return removed;
  }

  function tidy(): void {
    for (const path of lingering.keys()) remove(path);
  }

  function keep(record: DurableRecord): void {
    const { directory, name, text } = record;
    const path = `${directory}/${name}`;
    const outcome = write(directory, name, text);
    if (outcome.ok) {
      written.set(path, text);
      settle(path);
      return;
    }
    written.delete(path);
    if (owed.size === 0)
      complain('Cannot write a record: a restart would not know of this', outcome);
    owed.set(path, { ...record, error: outcome.error });
    retry ??= world.clock.setTimer(RETRY_MS, () => {
      retry = undefined;
      for (const other of [...owed.values()]) keep(other);
    });
  }

  /** Nothing is owed to this path any more. */
  function settle(path: string): void {
    if (owed.delete(path) && owed.size === 0) world.log('info', 'All records are written again');
  }

  /** What is made durable in it can be found after a power failure when it, and what it is in, can be. */
  function makeDurable(directory: string): void {
    const place = parentOf(directory);
    for (const parent of [place, parentOf(place)]) {
      complain('Cannot make the directory of records durable', files.syncDirectory(parent));
    }
  }

  function load(directory: string, from: string): void {
    complain(
      'Cannot make the directory of records',
      files.makeDirectory(directory, DIRECTORY_MODE),
    );
    makeDurable(directory);
    const names = files.list(directory);
    complain('Cannot read the directory of records', names);
    const records: { name: string; text: string }[] = [];
    let isWhole = names.ok;
    for (const file of names.ok ? names.value : []) {
      // Begun by somebody who died before it had its name.
      if (file.endsWith(`${SUFFIX}${FRESH}`)) files.remove(`${directory}/${file}`);
      if (!file.endsWith(SUFFIX)) continue;
      const name = file.slice(0, -SUFFIX.length);
      const text = readRecord(`${directory}/${file}`);
      isWhole &&= text.ok && records.length < RECORDS_MAX;
      if (records.length >= RECORDS_MAX) break;
      if (text.ok) records.push({ name, text: text.value });
      else complain('Cannot read a record', text);
    }
    deliver(from, { type: 'journal.loaded', records, isWhole });
  }

  function readRecord(path: string): OsResult<string> {
    const file = files.open(path, 'read');
    if (!file.ok) return file;
    const byteLength = file.value.byteLength();
    const text = byteLength.ok ? readText(path, file.value, byteLength.value) : byteLength;
    file.value.close();
    return text;
  }

  function write(directory: string, name: string, text: string): OsResult<void> {
    const path = `${directory}/${name}${SUFFIX}`;
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
    return renamed.ok ? files.syncDirectory(directory) : renamed;
  }

  return (effect, from) => {
    if (effect.type === 'journal.tidy') {
      tidy();
      return;
    }
    const { directory } = effect;
    switch (effect.type) {
      case 'journal.load':
        return load(directory, from);
      case 'journal.write': {
        const path = `${directory}/${effect.name}`;
        if (written.get(path) === effect.text) return;
        tidy();
        keep({ directory, name: effect.name, text: effect.text });
        return;
      }
      case 'journal.confirm': {
        const path = `${directory}/${effect.name}`;
        const error = owed.get(path)?.error ?? lingering.get(`${path}${SUFFIX}`);
        const { name } = effect;
        deliver(from, {
          type: 'journal.confirmed',
          name,
          ...(error === undefined ? {} : { error }),
        });
        return;
      }
      case 'journal.remove':
        written.delete(`${directory}/${effect.name}`);
        settle(`${directory}/${effect.name}`);
        tidy();
        complain('Cannot remove a record', remove(`${directory}/${effect.name}${SUFFIX}`));
        return;
      case 'journal.setAside': {
        const path = `${directory}/${effect.name}${SUFFIX}`;
        complain('Cannot set a record aside', files.rename(path, `${path}.damaged`));
      }
    }
  };
}

type OpenFile = Extract<ReturnType<World['files']['open']>, { ok: true }>['value'];

function readText(path: string, file: OpenFile, byteLength: number): OsResult<string> {
  if (byteLength > RECORD_BYTES_MAX) {
    return fail({ code: 'EIO', call: 'files.read', subject: path, detail: 'too long' });
  }
  const bytes = new Uint8Array(byteLength);
  const count = readFully(file, bytes, 0);
  return count.ok ? ok(decodeUtf8(bytes.subarray(0, count.value))) : count;
}
