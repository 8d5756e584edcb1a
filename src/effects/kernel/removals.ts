/**
 * Removes instances. The kernel keeps one of which a file is open (EAGAIN): a consumer may still read its pages. It is
 * tried again at intervals, for a bounded time.
 */
import type { OsError } from '../../port/os-error.ts';
import type { World } from '../../port/world.ts';

/** Between two attempts. */
export const REMOVE_RETRY_MS = 250;
/** Attempts: for half a minute, as long as a consumer may take to write what is left. */
export const REMOVE_ATTEMPTS_MAX = 120;

interface Removal {
  readonly names: readonly string[];
  readonly attempts: number;
  readonly done: (left: readonly string[]) => void;
}

export class InstanceRemovals {
  readonly #world: Pick<World, 'kernel' | 'clock' | 'log'>;

  constructor(world: Pick<World, 'kernel' | 'clock' | 'log'>) {
    this.#world = world;
  }

  /** `done` gets the instances that could not be removed. */
  remove(names: readonly string[], done: Removal['done']): void {
    this.#attempt({ names, attempts: 1, done });
  }

  /** All instances with the prefix but for those with one of the kept prefixes. */
  sweep(prefix: string, kept: readonly string[]): void {
    const { kernel, log } = this.#world;
    const listed = kernel.instances();
    // Without tracefs, or rights to it, there is none of ours.
    if (!listed.ok) return;
    const swept = listed.value.filter(
      (name) => name.startsWith(prefix) && !kept.some((other) => name.startsWith(other)),
    );
    if (swept.length === 0) return;
    log('kernel.swept', { instances: swept.length });
    this.remove(swept, () => undefined);
  }

  #attempt({ names, attempts, done }: Removal): void {
    const { kernel, log, clock } = this.#world;
    const failed: { readonly name: string; readonly error: OsError }[] = [];
    for (const name of names) {
      const removed = kernel.removeInstance(name);
      if (!removed.ok && removed.error.code !== 'ENOENT')
        failed.push({ name, error: removed.error });
    }
    const open = failed.filter(({ error }) => error.code === 'EAGAIN').map(({ name }) => name);
    const isOver = attempts >= REMOVE_ATTEMPTS_MAX;
    const left = isOver ? failed : failed.filter(({ error }) => error.code !== 'EAGAIN');
    for (const { name, error } of left) {
      log('kernel.removeFailed', { instance: name, code: error.code, attempts });
    }
    if (open.length === 0 || isOver) return done(failed.map(({ name }) => name));
    if (attempts === 1) log('kernel.removeWaits', { instances: open.length });
    const rest = left.map(({ name }) => name);
    clock.setTimer(REMOVE_RETRY_MS, () =>
      this.#attempt({
        names: open,
        attempts: attempts + 1,
        done: (later) => done([...rest, ...later]),
      }),
    );
  }
}
