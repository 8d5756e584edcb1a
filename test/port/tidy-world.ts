/** A World that records the segments, children and instances it creates, because they outlive a script that fails. */
import { ok } from '../../src/base/result.ts';
import type { World } from '../../src/port/world.ts';

/** Adds to `undo` the removal of each segment and child; a removal of something that is already gone does nothing. */
export function createTidyWorld(world: World, undo: (() => void)[]): World {
  const { kernel, memory, processes } = world;
  return {
    ...world,
    memory: {
      ...memory,
      create: (byteLength, access, family) => {
        const created = memory.create(byteLength, access, family);
        if (created.ok) undo.push(() => void memory.remove(created.value));
        return created;
      },
    },
    kernel: {
      ...kernel,
      makeInstance: (name, options) => {
        const made = kernel.makeInstance(name, options);
        if (made.ok) undo.push(() => void kernel.removeInstance(name));
        return made;
      },
      openPages: (name, cpu) => {
        const opened = kernel.openPages(name, cpu);
        // Before the removal of their instance.
        if (opened.ok) undo.unshift(() => opened.value.close());
        return opened;
      },
    },
    processes: {
      ...processes,
      spawn: (request, onExit) => {
        let ended = false;
        const spawned = processes.spawn(request, (exit) => {
          ended = true;
          onExit(exit);
        });
        if (!spawned.ok) return spawned;
        undo.push(() => {
          if (!ended) spawned.value.kill('SIGKILL');
        });
        return ok(spawned.value);
      },
    },
  };
}
