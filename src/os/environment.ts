/** The environment of this process, as far as the process believes it. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type BelievedEnvironment, believedEnvironment } from '../port/environment.ts';
import { thrownErrno } from './errors.ts';

/** The entry of the auxiliary vector (getauxval(3)) that is not 0 when the kernel started us with more rights. */
const AT_SECURE = 23n;
const AUXILIARY_VECTOR = '/proc/self/auxv';

let wasElevatedAtStart: boolean | undefined;

/** Read at each access: the process may change its environment and its user. */
export function believed(): BelievedEnvironment {
  wasElevatedAtStart ??= isStartedWithMoreRights();
  return believedEnvironment({
    environment: process.env,
    isElevated: wasElevatedAtStart || hasTwoUsers(),
    accountHome,
  });
}

function hasTwoUsers(): boolean {
  return process.getuid?.() !== process.geteuid?.() || process.getgid?.() !== process.getegid?.();
}

/** Also true for a program with file capabilities, which has one user only. */
function isStartedWithMoreRights(): boolean {
  try {
    const { buffer, byteOffset, length } = readFileSync(AUXILIARY_VECTOR);
    const words = new BigUint64Array(buffer.slice(byteOffset, byteOffset + length));
    const at = words.findIndex((word, index) => index % 2 === 0 && word === AT_SECURE);
    return at >= 0 && words[at + 1] !== 0n;
  } catch (thrown) {
    // The kernel hides the vector of a process whose rights changed, from the process itself too.
    return ['EACCES', 'EPERM'].includes(thrownErrno(thrown) ?? '');
  }
}

function accountHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // A uid without a passwd entry (containers): the root directory, like login(1).
    return '/';
  }
}
