#!/usr/bin/env node
/** `lttng-sessiond`: see `bin/daemon/sessiond.ts`. */
import { loadProgram } from './terminal/load-program.ts';

const { main } = await loadProgram({
  name: 'lttng-sessiond',
  path: 'daemon/sessiond.js',
  later: [],
  load: () => import('./daemon/sessiond.ts'),
  exitStatus: 1,
});
main();
