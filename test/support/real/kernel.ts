/** The kernel of the machine that the tests run on, for those that trace it. */
import { existsSync, readdirSync } from 'node:fs';
import { writeProgram } from './programs.ts';
import { type Place, PRELOAD } from './sandbox.ts';

const TRACEFS = '/sys/kernel/tracing';

/** Why the kernel cannot be traced here; undefined: it can. */
export const NO_KERNEL_HERE: string | undefined = whyNot();

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root traces the kernel';
  return existsSync(`${TRACEFS}/instances`) ? undefined : 'there is no tracefs';
}

/** The instances in tracefs that belong to a session: their names have the UUID of its kernel part. */
export function instancesOf(part: string): readonly string[] {
  return readdirSync(`${TRACEFS}/instances`).filter((name) => name.includes(part));
}

/** On SIGUSR2, calls `getppid` as often as said and prints `done`. It is traced if `isTraced`. */
export function callerProgram(place: Place, times: number, isTraced = false) {
  const path = writeProgram(
    place,
    `caller-${times}.cjs`,
    `process.on('SIGUSR2', () => {
  for (let i = 0; i < ${times}; i++) void process.ppid;
  require('node:fs').writeSync(1, 'done\\n');
});
require('node:fs').writeSync(1, 'ready\\n');
setInterval(() => undefined, 1000);
`,
  );
  return place.start(process.execPath, [...(isTraced ? ['--require', PRELOAD] : []), path]);
}
