#!/usr/bin/env node
/** `lttng-relayd`: see `bin/daemon/relayd.ts`. */
import { loadProgram } from './terminal/load-program.ts';

const { main } = await loadProgram({
  name: 'lttng-relayd',
  path: 'daemon/relayd.js',
  later: [],
  load: () => import('./daemon/relayd.ts'),
  exitStatus: 1,
});
main();
