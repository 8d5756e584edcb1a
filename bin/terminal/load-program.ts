/**
 * Loads the modules of `lttng-sim`, which is no bundle, one after the other, so that one descriptor is enough. A plain
 * import opens many files at once, and ends with Node's own message where a process may have few descriptors
 * (`prlimit --nofile=40`). So this file imports few others.
 */
import { createRequire } from 'node:module';
import { endWithoutDescriptors } from './descriptors.ts';

export interface ProgramModules<T> {
  /** Of the program. */
  readonly name: string;
  /** Its module, relative to `bin`. */
  readonly path: string;
  /** Imports the module itself. */
  readonly load: () => Promise<T>;
  /** The exit status when there are too few descriptors. */
  readonly exitStatus: number;
}

const require = createRequire(new URL('../', import.meta.url));

export async function loadProgram<T>(program: ProgramModules<T>): Promise<T> {
  try {
    // Node.js 22.0 to 22.11 cannot load ES modules in order; there the import loads them.
    if (process.features.require_module === true) require(`./${program.path}`);
    return await program.load();
  } catch (thrown) {
    return endWithoutDescriptors(thrown, program.name, program.exitStatus);
  }
}
