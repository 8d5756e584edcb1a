/**
 * Loads the modules of a program one after the other, so that one descriptor is enough. A plain import opens many files
 * at once, and ends with Node's own message where a process may have few descriptors (`prlimit --nofile=40`). So this
 * file imports no more than one other, as does that one.
 */
import { createRequire } from 'node:module';
import { createOutput, formatIn } from './output.ts';

export interface ProgramModules<T> {
  /** Of the program. */
  readonly name: string;
  /** Its module, relative to `bin`. */
  readonly path: string;
  /** Modules that it imports later, when it needs them: loaded now where descriptors are few. */
  readonly later: readonly string[];
  /** Imports the module itself. */
  readonly load: () => Promise<T>;
  /** The exit status when there are too few descriptors. */
  readonly exitStatus: number;
}

export const TOO_FEW_DESCRIPTORS = 'This process may open too few files; see "ulimit -n"';

/** Below this limit `import` may fail. */
const FEW_DESCRIPTORS = 256;
let areDescriptorsFew = false;

const require = createRequire(new URL('../', import.meta.url));

export async function loadProgram<T>(program: ProgramModules<T>): Promise<T> {
  try {
    for (const path of [program.path, '../src/os/limits.js']) loadInOrder(path);
    const { descriptorLimit } = await import('../../src/os/limits.ts');
    areDescriptorsFew = descriptorLimit() < FEW_DESCRIPTORS;
    if (areDescriptorsFew) for (const path of program.later) loadInOrder(path);
    return await program.load();
  } catch (thrown) {
    if (!isOutOfDescriptors(thrown)) throw thrown;
    const output = createOutput(formatIn(process.argv.slice(2)), false, program.name);
    output.error('NO_DESCRIPTORS', TOO_FEW_DESCRIPTORS);
    return process.exit(program.exitStatus);
  }
}

/** Imports a module of a program when it is needed. `path`: as {@link ProgramModules.path}. */
export function importLater<T>(path: string, load: () => Promise<T>): Promise<T> {
  if (areDescriptorsFew) loadInOrder(path);
  return load();
}

/** Node.js 22.0 to 22.11 cannot load ES modules in order; there the import loads them. */
function loadInOrder(path: string): void {
  if (process.features.require_module === true) require(`./${path}`);
}

export function isOutOfDescriptors(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('code' in thrown)) return false;
  return thrown.code === 'EMFILE' || thrown.code === 'ENFILE';
}
