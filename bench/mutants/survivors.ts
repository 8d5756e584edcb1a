/** Why the simulator does not detect a mutant, and what it would need, by the title of the mutant. */
export const REASONS: Readonly<Record<string, string>> = {
  'one user gets the buffers of all':
    'No scenario makes 1,024 streams for one user; `test/system/registry/limits.test.ts` does.',
  'a segment is whatever has its id':
    'The simulated machine has shared memory of its own. The conformance suite shows the rule on both.',
  'a segment without a mark is never removed':
    'A registry is rarely killed between these two calls; `test/unit/src/effects/memory.test.ts` shows it.',
  'the end does not wait for room':
    'A session ends only when its events are written; `test/unit/src/recorder/stream-consumer.test.ts` shows it.',
  'a flush is answered while another consumer holds the trace':
    'The answer is true: events are not written. `test/unit/src/recorder/stream-consumer.test.ts` shows the wait.',
  'a socket file of anybody is trusted':
    'No other user can put a socket into a directory that passed the check before it.',
  'sockets and listeners of anybody are trusted':
    'No other user can put a socket into a directory that passed the check before it.',
};
