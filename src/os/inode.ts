/** Owners and modes of what has a path, as the calls that make files, pipes and sockets share them. */
import * as fs from 'node:fs';

const { O_NOFOLLOW } = fs.constants;
const O_PATH = 0o10000000;
/** The kernel takes the last value for "leave it as it is". */
const ID_MAX = 2 ** 32 - 2;

/** Whether `value` can be the id of a user or a group. */
export function isId(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= ID_MAX;
}

/** Gives what is at `path` itself exactly `mode`; throws what `node:fs` throws. */
export function changeMode(path: string, mode: number): void {
  // chmod(2) follows links; through a descriptor of the path itself it cannot be led elsewhere.
  const fd = fs.openSync(path, O_PATH | O_NOFOLLOW);
  try {
    fs.chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    fs.closeSync(fd);
  }
}
