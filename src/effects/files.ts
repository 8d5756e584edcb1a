/** Handlers of `file.*` and `pipe.*`: the file operations of registries and applications. */
import type { PipeWait } from '../port/named-pipes.ts';
import { replaceableOnTheWay } from '../port/replaceable.ts';
import type { World } from '../port/world.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { FileEffect, PipeEffect } from './contract/file.ts';
import { LockFiles } from './lock-files.ts';

export function createFileHandler(world: World, deliver: Deliver): EffectHandler<FileEffect> {
  const { files } = world;
  const locks = new LockFiles(world);

  function makeDirectory(effect: FileEffect & { type: 'file.makeDirectory' }, from: string): void {
    const { path, mode, gid } = effect;
    // For the life of this process.
    const held = files.holdDirectory(path, mode);
    const owned =
      held.ok && gid !== undefined ? files.setOwner(path, world.identity.uid, gid) : held;
    if (!owned.ok) {
      deliver(from, { type: 'file.directoryFailed', path, error: owned.error });
      return;
    }
    const parent = replaceableOnTheWay(files, path, world.identity);
    if (parent !== undefined) world.log('directory.replaceable', { path, parent });
    deliver(from, { type: 'file.directoryMade', path });
  }

  return (effect, from) => {
    const { path } = effect;
    switch (effect.type) {
      case 'file.lock': {
        const locked = locks.lock(path, effect.mode);
        if (locked.ok) deliver(from, { type: 'file.locked', path, note: locked.value });
        else deliver(from, { type: 'file.lockFailed', path, error: locked.error });
        return;
      }
      case 'file.noteInLock':
        return locks.writeOwnerLine(path, effect.line, effect.isAll);
      case 'file.inspect': {
        const found = files.info(path);
        const answer = found.ok ? { info: found.value } : { error: found.error };
        deliver(from, { type: 'file.inspected', path, ...answer });
        return;
      }
      case 'file.makeDirectory':
        return makeDirectory(effect, from);
      case 'file.remove': {
        const removed = files.remove(path);
        const answer = removed.ok ? {} : { error: removed.error };
        deliver(from, { type: 'file.removed', path, ...answer });
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
      // EEXIST: another process has created the pipe in between.
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
        // ENXIO: no application waits.
        if (!signalled.ok && signalled.error.code !== 'ENXIO') {
          const error = made.ok || made.error.code === 'EEXIST' ? signalled.error : made.error;
          world.log('pipe.signalFailed', { path, code: error.code });
        }
      }
    }
  };
}
