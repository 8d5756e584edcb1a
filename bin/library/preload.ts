/**
 * Entry point of the preload (`register.cts`): registers the thread before the program's first statement. Bundled into
 * one CommonJS file, since a preload must neither load Node's ESM loader nor wait for a promise: both change what the
 * program does (`docs/library.md`).
 */
import { createRequire } from 'node:module';
import type { Engine } from './engine.ts';
import { threadInstance } from './instance.ts';

/** The longest that a slow registry delays the start of the program. */
const BLOCK_MS_MAX = 2000;

const require = createRequire(import.meta.url);

threadInstance(() => (require('./preload-engine.cjs') as { engine: Engine }).engine).start(
  BLOCK_MS_MAX,
);
