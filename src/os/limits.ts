/** The resource limits of this process. */
import { readdirSync, readFileSync } from 'node:fs';
import { thrownErrno } from './errors.ts';

/** How many files this process may open (RLIMIT_NOFILE); Node.js raises the limit as far as it may. */
export function descriptorLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
}

/** How many more files this process may open at present; 0 when even the question needs one too many. */
export function freeDescriptors(): number {
  try {
    return descriptorLimit() - readdirSync('/proc/self/fd').length;
  } catch (thrown) {
    if (thrownErrno(thrown) === undefined) throw thrown;
    return 0;
  }
}
