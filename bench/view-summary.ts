/** Decodes a trace and prints nothing: `bench/view.ts` measures it. */

import { createRealWorld } from '../src/os/world.ts';
import { summarizeTrace } from '../src/view/summary.ts';
import { must } from './lib/must.ts';

must(summarizeTrace(createRealWorld({ log: () => {} }), process.argv[2] ?? ''));
