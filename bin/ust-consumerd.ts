#!/usr/bin/env node
/** `ust-consumerd`: see `bin/daemon/consumerd.ts`. */
import { loadProgram } from './terminal/load-program.ts';

const { main } = await loadProgram({
  name: 'ust-consumerd',
  path: 'daemon/consumerd.js',
  later: [],
  load: () => import('./daemon/consumerd.ts'),
  exitStatus: 1,
});
main();
