/**
 * Our tracepoint as a flight recorder: a stream in overwrite mode without a consumer. System V memory, the machine's
 * monotonic clock and generated recorders, as in an application. The last line has the events that the memory counts.
 */
import { fail } from '../../src/base/result.ts';
import { LOG_LEVELS } from '../../src/event/model.ts';
import { utf8Write } from '../../src/os/recording.ts';
import { matchRules } from '../../src/tracer/event-rules.ts';
import { type EventMatch, Tracer } from '../../src/tracer/tracer.ts';
import { serve } from '../lib/contestant.ts';
import { must } from '../lib/must.ts';
import { ACCEPTING, PAUSED_EVENTS, PAUSED_NAME, REJECTING } from '../lib/payload.ts';
import { openStream } from '../lib/segments.ts';
import { makeCases } from './cases.ts';

const bench = openStream({ subbufferBytes: 2 ** 20, subbufferCount: 4, overwrite: true });
const tracer = new Tracer({ utf8Write });
const cases = makeCases(tracer.tracepoint.bind(tracer));
const rule = { pattern: 'bench:*', logLevelMax: LOG_LEVELS.debug };
const matching = (...exclusions: string[]): EventMatch =>
  matchRules(
    [
      { ...rule, exclusions: [...exclusions, 'bench:off', 'bench:accepted', 'bench:rejected'] },
      { ...rule, pattern: 'bench:accepted', filter: ACCEPTING },
      { ...rule, pattern: 'bench:rejected', filter: REJECTING },
    ],
    (_, reason) => must(fail(reason)),
  );
must(tracer.attachStream({ key: 'bench', writer: bench.writer, matches: matching() }));
cases[PAUSED_NAME]?.(PAUSED_EVENTS);
tracer.updateStream('bench', matching(`bench:${PAUSED_NAME}`));

await serve(cases);
process.stdout.write(`${bench.recorded()} recorded, ${bench.writer.discarded} discarded\n`);
bench.close();
