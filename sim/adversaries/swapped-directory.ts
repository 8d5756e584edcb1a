/** A process that puts a link in the place of a directory, again and again. */
import type { World } from '../../src/port/world.ts';
import type { Attack } from '../input/attack.ts';

const EVERY_MS = 3;

/** `link` creates a symbolic link. Returns a function that puts the directory back. */
export function swapDirectory(
  { clock, files }: World,
  { path, target }: Attack & { readonly kind: 'swapped-directory' },
  link: (path: string, target: string) => void,
): () => void {
  const aside = `${path}-aside`;
  let isAside = false;
  const putBack = (): void => {
    if (!isAside) return;
    files.remove(path);
    files.rename(aside, path);
    isAside = false;
  };
  const swap = (): void => {
    if (isAside) putBack();
    else if (files.rename(path, aside).ok) {
      link(path, target);
      isAside = true;
    }
    timer = clock.setTimer(EVERY_MS, swap);
  };
  let timer = clock.setTimer(0, swap);
  return () => {
    timer.cancel();
    putBack();
  };
}
