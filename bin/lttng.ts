#!/usr/bin/env node
/** `lttng`: see `bin/lttng/commands/main.ts`. */
import { loadProgram } from './terminal/load-program.ts';

const { main } = await loadProgram({
  name: 'lttng',
  path: 'lttng/commands/main.js',
  later: ['../actors/programs/client.js', '../actors/programs/supervisor.js'],
  load: () => import('./lttng/commands/main.ts'),
  exitStatus: 4,
});
await main();
