/**
 * Traces a program from its first statement, for `node --import lttng-ts/register`: the same as `register.cts`, which
 * `--require` loads. (Threads created from a string with `eval: true` preload only what `--require` names.)
 */
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./register.cjs');
