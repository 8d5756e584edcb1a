/** Our tracepoint in an application as anybody has it: the package's library, registered before it starts. */
import '../../bin/register.ts';
import { tracepoint } from '../../bin/library.ts';
import { serve } from '../lib/contestant.ts';
import { makeCases } from './cases.ts';

const cases = makeCases(tracepoint);
await serve(cases, {
  // Lets the library hear what the registry says.
  after: () => new Promise((resolve) => setImmediate(resolve)),
});
