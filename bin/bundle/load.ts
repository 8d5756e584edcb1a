/**
 * Loads files of a bundle: each is one function expression with the parameters of a CommonJS module
 * (`rolldown.config.ts`). V8's code for it, made when the package was built (`code-cache.cts`), lies beside it, so
 * that V8 need not compile. V8 refuses code of another version, of other flags, or of a source of another length, and
 * then compiles as without it. A build removes the code of former ones before it writes a bundle.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Require = (name: string) => unknown;
type ModuleFunction = (
  exports: object,
  require: Require,
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

/** Where the code for a file is, for this version of V8. */
const CACHE_SUFFIX = `.${process.versions.v8}-${process.arch}.cache`;

/** Returns a function that loads files of this directory by their names. */
export function bundleIn(directory: string): (file: string) => object {
  const modules = new Map<string, { exports: object }>();
  const load = (file: string): object => {
    const known = modules.get(file);
    if (known !== undefined) return known.exports;
    const filename = join(directory, file);
    // The build escapes all characters that are not ASCII: this is the fastest decoder.
    const source = readFileSync(filename, 'latin1');
    const { Script } = process.getBuiltinModule('node:vm');
    const script = new Script(source, { filename, cachedData: codeOf(filename) });
    const run = script.runInThisContext() as ModuleFunction;
    const module = { exports: {} };
    modules.set(file, module);
    try {
      run(module.exports, require, module, filename, directory);
    } catch (thrown) {
      modules.delete(file);
      throw thrown;
    }
    return module.exports;
  };
  const require: Require = (name) => {
    if (name.startsWith('./')) return load(name.slice(2));
    return process.getBuiltinModule(name) ?? requireFrom(directory)(name);
  };
  return load;
}

/** Node's own `require`, for what is no part of a bundle: a program that needs none does not load the module. */
function requireFrom(directory: string): Require {
  const { createRequire } = process.getBuiltinModule('node:module');
  return createRequire(join(directory, 'bundle.cjs'));
}

function codeOf(filename: string): Buffer | undefined {
  try {
    return readFileSync(filename + CACHE_SUFFIX);
  } catch {
    // None was made for this version: V8 compiles.
    return undefined;
  }
}
