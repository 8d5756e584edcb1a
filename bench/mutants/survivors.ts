/** Why the simulator does not detect a mutant, and what it would need, by the title of the mutant. */

/** Two messages in an order that runs hardly ever have. */
const RARE = 'No run has met this order of messages; the step test of the machine shows it.';

const IN_TUNNELS =
  'The buffers of senders are smaller than the bound; `test/unit/src/effects/connections/tunnel.test.ts` exceeds it.';

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
  'a relay on the way reads from a fast sender without end': IN_TUNNELS,
  'a relay on the way does not read on': IN_TUNNELS,
  'a sender does not learn that the relay behind others is gone':
    'It ends the link itself when no reply comes; `test/unit/src/effects/connections/tunnel.test.ts` shows the end.',
  'a relay forwards to anybody':
    'No sender asks for another relay; `test/system/relay/hops.test.ts` does.',
  'a way passes a relay twice':
    'No sender asks for such a way; `test/system/relay/hops.test.ts` does.',
  'a relay forwards any number of connections':
    'No scenario has 1,024 connections; `test/unit/src/relay/forwarding.test.ts` does.',
  'a program starts although a registration that its new user needs has not settled': RARE,
  'a connection that opens too late stays open': RARE,
  'the end of an earlier connection ends the attempt at the next one': RARE,
  'the end of an earlier connection ends a consumer before its last message is sent': RARE,
  'a consumer waits out the time of a registry that speaks another version': RARE,
  'a consumer waits for processes that the next registry does not know': RARE,
  'a client asks for any number of answers at once': RARE,
  'a consumer that was stopped opens late': RARE,
  'a session ends while memory is made for it': RARE,
  'a flight recorder forgets memory that is being made': RARE,
};
