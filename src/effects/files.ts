/** Handlers of `file.*` and `pipe.*`: what registries and applications do to paths. */
import { ok } from '../base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { OsResult, PipeWait, World } from '../port/world.ts';
import type { Deliver, EffectHandler, FileEffect, PipeEffect } from './types.ts';

/** What is read of a lock's file. */
const LOCK_TEXT_BYTES_MAX = 64;

export function createFileHandler(world: World, deliver: Deliver): EffectHandler<FileEffect> {
  function makeDirectory(effect: FileEffect & { type: 'file.makeDirectory' }, from: string): void {
    const { path, mode, gid } = effect;
    const made = world.files.makeDirectory(path, mode);
    const owned =
      made.ok && gid !== undefined ? world.files.setOwner(path, world.identity.uid, gid) : made;
    if (owned.ok) deliver(from, { type: 'file.directoryMade', path });
    else deliver(from, { type: 'file.directoryFailed', path, error: owned.error });
  }

  /** Answers what the last holder wrote. */
  function lock(path: string, mode: number, text: string): OsResult<string> {
    const opened = world.files.open(path, 'append', mode);
    if (!opened.ok) return opened;
    const file = opened.value;
    const locked = file.lock();
    // Closing would give the lock up: it stays open until the process ends.
    if (!locked.ok) {
      file.close();
      return locked;
    }
    const bytes = new Uint8Array(LOCK_TEXT_BYTES_MAX);
    const count = file.read(bytes, 0);
    const emptied = file.truncate(0);
    if (emptied.ok) file.append([encodeUtf8(text)]);
    return ok(count.ok ? decodeUtf8(bytes.subarray(0, count.value)) : '');
  }

  return (effect, from) => {
    const { path } = effect;
    switch (effect.type) {
      case 'file.lock': {
        const locked = lock(path, effect.mode, effect.text);
        if (locked.ok) deliver(from, { type: 'file.locked', path, previous: locked.value });
        else deliver(from, { type: 'file.lockFailed', path, error: locked.error });
        return;
      }
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
