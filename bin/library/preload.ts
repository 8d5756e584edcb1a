/**
 * Entry point of the preload (`register.cts`): registers the thread before the program's first statement. Bundled into
 * one CommonJS file, since a preload must neither load Node's ESM loader nor wait for a promise: both change what the
 * program does (`docs/library.md`).
 */
import { bundleIn } from '../bundle/load.ts';
import type { Engine } from './engine.ts';
import { threadInstance } from './instance.ts';

/** The longest that a slow registry delays the start of the program. */
const BLOCK_MS_MAX = 2000;

const loadEngine = (): Engine => {
  const { engine } = bundleIn(import.meta.dirname)('preload-engine.cjs') as { engine: Engine };
  return engine;
};

threadInstance(loadEngine).start(BLOCK_MS_MAX);
