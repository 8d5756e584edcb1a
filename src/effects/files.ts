/** Handlers of `file.*` and `pipe.*`: what registries and applications do to paths. */
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { OpenFile } from '../port/files.ts';
import type { PipeWait } from '../port/named-pipes.ts';
import type { OsResult } from '../port/os-error.ts';
import { appendFully, readFully } from '../port/read-fully.ts';
import type { World } from '../port/world.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { FileEffect, PipeEffect } from './contract/file.ts';

/** What is read of a lock's file, from its end. */
const LOCK_NOTE_BYTES_MAX = 1024;
/** A lock's file that is longer begins again. */
const LOCK_FILE_BYTES_MAX = 64 * LOCK_NOTE_BYTES_MAX;

/** A note that did not fit is tried again this often. */
const NOTE_RETRY_MS = 1000;

export function createFileHandler(world: World, deliver: Deliver): EffectHandler<FileEffect> {
  /** Locks that we have, by path: closing one would give it up. */
  const locks = new Map<string, OpenFile>();
  /** Locks whose note does not fit yet. */
  const unnoted = new Set<string>();

  function makeDirectory(effect: FileEffect & { type: 'file.makeDirectory' }, from: string): void {
    const { path, mode, gid } = effect;
    const made = world.files.makeDirectory(path, mode);
    const owned =
      made.ok && gid !== undefined ? world.files.setOwner(path, world.identity.uid, gid) : made;
    if (owned.ok) deliver(from, { type: 'file.directoryMade', path });
    else deliver(from, { type: 'file.directoryFailed', path, error: owned.error });
  }

  /** Answers the last holder's note. */
  function lock(path: string, mode: number): OsResult<string> {
    const opened = world.files.open(path, 'append', mode);
    if (!opened.ok) return opened;
    const file = opened.value;
    const locked = file.lock();
    if (!locked.ok) {
      file.close();
      return locked;
    }
    locks.set(path, file);
    const note = lastLine(file);
    if (!note.ok) world.log('warn', 'Cannot read what a lock says', { path, ...note.error });
    return ok(note.ok ? note.value : '');
  }

  /**
   * A note is added to the others, which go only when they are of no use: whoever is killed at any moment leaves its
   * own or the one before it. A line that was not finished counts for nothing, and is written again until it fits.
   */
  function noteInLock({ path, line, isAll }: FileEffect & { type: 'file.noteInLock' }): void {
    const file = locks.get(path);
    assert(file !== undefined, 'pre:file.noteInLock:is-locked');
    const length = file.byteLength();
    const isLong = length.ok && length.value > LOCK_FILE_BYTES_MAX;
    if (isAll || isLong) file.truncate(0);
    // An unfinished line ends here.
    const noted = appendFully(path, file, encodeUtf8(`\n${line}\n`));
    if (noted.ok) {
      if (unnoted.delete(path)) world.log('info', 'The note is in the lock', { path });
      return;
    }
    if (!unnoted.has(path)) {
      world.log('warn', 'Cannot write into a lock', { path, code: noted.error.code });
    }
    unnoted.add(path);
    world.clock.setTimer(NOTE_RETRY_MS, () =>
      noteInLock({ type: 'file.noteInLock', path, line, isAll }),
    );
  }

  return (effect, from) => {
    const { path } = effect;
    switch (effect.type) {
      case 'file.lock': {
        const locked = lock(path, effect.mode);
        if (locked.ok) deliver(from, { type: 'file.locked', path, note: locked.value });
        else deliver(from, { type: 'file.lockFailed', path, error: locked.error });
        return;
      }
      case 'file.noteInLock':
        return noteInLock(effect);
      case 'file.inspect': {
        const info = world.files.info(path);
        deliver(
          from,
          info.ok
            ? { type: 'file.inspected', path, info: info.value }
            : { type: 'file.inspected', path, error: info.error },
        );
        return;
      }
      case 'file.makeDirectory':
        return makeDirectory(effect, from);
      case 'file.remove': {
        const removed = world.files.remove(path);
        deliver(
          from,
          removed.ok
            ? { type: 'file.removed', path }
            : { type: 'file.removed', path, error: removed.error },
        );
      }
    }
  };
}

export function createPipeHandler(world: World, deliver: Deliver): EffectHandler<PipeEffect> {
  const waits = new Map<string, PipeWait>();

  function awaitSignal(path: string, mode: number, from: string): void {
    const key = `${from} ${path}`;
    if (waits.has(key)) return;
    const onSignal = (): void => {
      waits.get(key)?.close();
      waits.delete(key);
      deliver(from, { type: 'pipe.signalled', path });
    };
    let wait = world.pipes.awaitSignal(path, onSignal);
    if (!wait.ok && wait.error.code === 'ENOENT') {
      const made = world.pipes.create(path, { mode });
      // Of two that make it at once one is late.
      if (made.ok || made.error.code === 'EEXIST') wait = world.pipes.awaitSignal(path, onSignal);
      else wait = made;
    }
    if (wait.ok) waits.set(key, wait.value);
    else deliver(from, { type: 'pipe.failed', path, error: wait.error });
  }

  return (effect, from) => {
    const { path } = effect;
    switch (effect.type) {
      case 'pipe.await':
        return awaitSignal(path, effect.mode, from);
      case 'pipe.unawait': {
        const key = `${from} ${path}`;
        waits.get(key)?.close();
        waits.delete(key);
        return;
      }
      case 'pipe.signal': {
        const made = world.pipes.create(path, { mode: effect.mode });
        const signalled = world.pipes.signal(path);
        // ENXIO: nobody waits, which is no trouble.
        if (!signalled.ok && signalled.error.code !== 'ENXIO') {
          const error = made.ok || made.error.code === 'EEXIST' ? signalled.error : made.error;
          world.log('warn', 'Cannot wake waiting applications', { path, code: error.code });
        }
      }
    }
  };
}

/** The last line that was finished, of those at the end of the file. */
function lastLine(file: OpenFile): OsResult<string> {
  const length = file.byteLength();
  if (!length.ok) return length;
  const bytes = new Uint8Array(LOCK_NOTE_BYTES_MAX);
  const count = readFully(file, bytes, Math.max(0, length.value - bytes.length));
  if (!count.ok) return count;
  const lines = decodeUtf8(bytes.subarray(0, count.value)).split('\n');
  return ok(lines.slice(0, -1).findLast((line) => line !== '') ?? '');
}
