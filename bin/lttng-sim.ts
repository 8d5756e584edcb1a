#!/usr/bin/env node
/** `lttng-sim`: see `bin/simulator/main.ts`. */
import { loadProgram } from './terminal/load-program.ts';

const { main } = await loadProgram({
  name: 'lttng-sim',
  path: 'simulator/main.js',
  load: () => import('./simulator/main.ts'),
  exitStatus: 2,
});
main();
