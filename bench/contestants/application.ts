/** Our tracepoint in a usual application: the package's library, registered before the application starts. */
import '../../bin/register.ts';
import { tracepoint } from '../../bin/library.ts';
import { serve } from '../lib/contestant.ts';
import { makeCases } from './cases.ts';

const cases = makeCases(tracepoint);
await serve(cases, {
  // Lets the library receive messages of the registry.
  after: () => new Promise((resolve) => setImmediate(resolve)),
});
