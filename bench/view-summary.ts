/** Decodes a trace and shows nothing: `bench/view.ts` measures it. */
import { summarizeTrace } from '../src/ctf/summary.ts';
import { createRealWorld } from '../src/os/world.ts';
import { must } from './lib/must.ts';

must(summarizeTrace(createRealWorld({ log: () => {} }), process.argv[2] ?? ''));
