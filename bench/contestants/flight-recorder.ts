/**
 * Our tracepoint as a flight recorder: a stream in overwrite mode without a consumer. System V memory, the machine's
 * monotonic clock and generated recorders, as in an application. The last line has the events that the memory counts.
 */
import { utf8Write } from '../../src/os/recording.ts';
import { Tracer } from '../../src/tracer/tracer.ts';
import { serve } from '../lib/contestant.ts';
import { must } from '../lib/must.ts';
import { PAUSED_EVENTS, PAUSED_NAME } from '../lib/payload.ts';
import { openStream } from '../lib/segments.ts';
import { makeCases } from './cases.ts';

const bench = openStream({ subbufferBytes: 2 ** 20, subbufferCount: 4, overwrite: true });
const tracer = new Tracer({ utf8Write });
const cases = makeCases(tracer.tracepoint.bind(tracer));
const matches = (name: string): boolean => name !== 'bench:off';
must(tracer.attachStream({ key: 'bench', writer: bench.writer, matches }));
cases[PAUSED_NAME]?.(PAUSED_EVENTS);
tracer.updateStream('bench', (name) => matches(name) && name !== `bench:${PAUSED_NAME}`);

await serve(cases);
process.stdout.write(`${bench.recorded()} recorded, ${bench.writer.discarded} discarded\n`);
bench.close();
