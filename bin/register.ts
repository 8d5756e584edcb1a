/**
 * Traces a program from its first statement: `node --import lttng-ts/register`, or the same in NODE_OPTIONS.
 *
 * The program starts when the thread is registered and follows the sessions that want it, or at once when there is
 * no registry. It runs in worker threads too: each thread registers on its own. (Not in those made of a string with
 * `eval: true`: Node preloads no modules there, only what `--require` names.)
 */
import { debugMistake } from './library/guest/debug.ts';

/** A registry that answers slower than this does not hold up the program's start any longer. */
const SETTLE_MS_MAX = 2000;

try {
  const { threadInstance } = await import('./library/instance.ts');
  const { start, settled } = threadInstance();
  start();
  await settled(SETTLE_MS_MAX);
} catch (error) {
  debugMistake(error);
}
