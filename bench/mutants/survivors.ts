/** Why the simulator does not detect a mutant, and what it would need, by the title of the mutant. */
export const REASONS: Readonly<Record<string, string>> = {
  'one user gets the buffers of all':
    'No scenario makes 1,024 streams for one user; `test/system/registry/limits.test.ts` does.',
  'a segment is whatever has its id':
    'The simulated machine has shared memory of its own. The conformance suite shows the rule on both.',
  'a segment without a mark is never removed':
    'A registry is rarely killed between these two calls; `test/unit/src/effects/memory.test.ts` shows it.',
};
