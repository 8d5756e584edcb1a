/** A World that remembers what outlives its process: segments and children. A script that fails leaves them behind. */
import { ok } from '../../src/base/result.ts';
import type { World } from '../../src/port/world.ts';

/** Adds to `undo` what takes back each segment and child; undoing what is gone already does nothing. */
export function createTidyWorld(world: World, undo: (() => void)[]): World {
  const { memory, processes } = world;
  return {
    ...world,
    memory: {
      ...memory,
      create: (byteLength, access) => {
        const created = memory.create(byteLength, access);
        if (created.ok) undo.push(() => void memory.remove(created.value));
        return created;
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
