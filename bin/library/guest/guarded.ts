/** Keeps errors of the library's callbacks away from the program: they are logged, and the callback stays. */
import type { Entrance } from '../../../src/os/entrance.ts';
import { debugMistake } from './debug.ts';

/** The same function, but errors are logged instead of thrown. */
export function guarded<Arguments extends unknown[]>(
  call: (...args: Arguments) => void,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      call(...args);
    } catch (error) {
      debugMistake(error);
    }
  };
}

/** The entrance of what sources watch. */
export const guest: Pick<Entrance, 'run'> = { run: (call) => guarded(call)() };
