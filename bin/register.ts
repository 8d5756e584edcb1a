/**
 * Traces a program from its first statement: `node --import lttng-ts/register`, or the same in NODE_OPTIONS.
 *
 * The program starts when the thread is registered and has applied the state of its sessions, or at once when there is
 * no registry. Worker threads register, too, each by itself. (Not those created from a string with `eval: true`: there
 * Node preloads only what `--require` names.)
 */
import { debugMistake } from './library/guest/debug.ts';

/** The longest that a slow registry delays the start of the program. */
const SETTLE_MS_MAX = 2000;

try {
  const { threadInstance } = await import('./library/instance.ts');
  const { start, settled } = threadInstance();
  start();
  await settled(SETTLE_MS_MAX);
} catch (error) {
  debugMistake(error);
}
