/** pino, synchronous, to /dev/null: the cost of a log line. `off` is a level that is not written. */
import { pino } from 'pino';
import { serve } from '../lib/contestant.ts';
import { TEXTS } from '../lib/payload.ts';

const log = pino({ level: 'info' }, pino.destination({ dest: '/dev/null', sync: true }));

await serve({
  one: (events) => {
    for (let i = 0; i < events; i++) log.info({ value: i }, 'one');
  },
  four: (events) => {
    for (let i = 0; i < events; i++) {
      log.info({ a: i, b: i + 1, c: i + 2, d: i + 3, text: TEXTS[i & 7] }, 'four');
    }
  },
  off: (events) => {
    for (let i = 0; i < events; i++) log.debug({ value: i }, 'off');
  },
});
