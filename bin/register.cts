/**
 * Traces a program from its first statement: `node --require lttng-ts/register`, or the same in NODE_OPTIONS.
 *
 * The program starts when the thread is registered and has applied the state of its sessions, or at once when there is
 * no registry. Worker threads register, too, each by itself. All syntax here is that of Node 14: an older Node in a
 * tree of processes must run as if this file were empty.
 */
const STANDARD_ERROR = 2;

function say(error: unknown): void {
  const { env } = process;
  // A process with more rights than its user believes no variable.
  const isElevated = process.getuid?.() !== process.geteuid?.();
  if (isElevated || env['LTTNG_TS_DEBUG'] !== '1') return;
  const text = error instanceof Error && error.stack !== undefined ? error.stack : String(error);
  const { writeSync } = require('fs') as typeof import('fs');
  writeSync(STANDARD_ERROR, `lttng-ts[${process.pid}]: ${text}\n`);
}

(function preload() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) return;
  try {
    require('./library/preload.cjs');
  } catch (error) {
    // The program continues untraced, as after every internal error of the library.
    say(error);
  }
  // The program finds none of our modules among its own.
  for (const name of ['register.cjs', 'library/preload.cjs']) {
    delete require.cache[`${__dirname}/${name}`];
  }
})();
