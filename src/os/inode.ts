/** Owners and modes of paths: shared by the calls that create files, pipes and sockets. */
import * as fs from 'node:fs';

const { O_NOFOLLOW } = fs.constants;
const O_PATH = 0o10000000;
/** Largest id: the value above it means "unchanged" to the kernel. */
const ID_MAX = 2 ** 32 - 2;

/** Whether `value` can be the id of a user or a group. */
export function isId(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= ID_MAX;
}

/** Sets exactly `mode` on `path` itself, not on the target of a link; throws what `node:fs` throws. */
export function changeMode(path: string, mode: number): void {
  // chmod(2) follows links; a descriptor of the path itself excludes that.
  const fd = fs.openSync(path, O_PATH | O_NOFOLLOW);
  try {
    fs.chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    fs.closeSync(fd);
  }
}
