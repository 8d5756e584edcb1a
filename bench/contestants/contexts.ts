/**
 * Our tracepoint as a flight recorder whose events carry contexts, one set for each case. All of it runs in one async
 * context, whose store has the tenant. No OpenTelemetry is loaded.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { provideNodeContexts } from '../../bin/library/providers/contexts.ts';
import { utf8Write } from '../../src/os/recording.ts';
import { contextsBy } from '../../src/tracer/event-rules.ts';
import { Tracer } from '../../src/tracer/tracer.ts';
import { i32, string } from '../../src/tracer/types.ts';
import { serve } from '../lib/contestant.ts';
import { must } from '../lib/must.ts';
import { IN_CONTEXT, TEXTS } from '../lib/payload.ts';
import { openStream } from '../lib/segments.ts';

const FIVE = { a: i32, b: i32, c: i32, d: i32, text: string };

const bench = openStream({ subbufferBytes: 2 ** 20, subbufferCount: 4, overwrite: true });
const tracer = new Tracer({ utf8Write });
const { contexts } = tracer;
const { pid } = process;
provideNodeContexts(contexts);
contexts.provide('vpid', { read: () => pid });
contexts.provide('vtid', { read: () => pid });
contexts.provide('procname', { read: () => 'server.mjs' });
const requests = new AsyncLocalStorage<{ readonly tenant: string }>();
contexts.publish('$app.tenant', () => requests.getStore()?.tenant);

const rules = Object.entries(IN_CONTEXT).map(([name, carried]) => ({
  pattern: `in:${name}`,
  logLevelMax: 14,
  contexts: carried,
}));
const { writer } = bench;
must(
  tracer.attachStream({
    key: 'bench',
    writer,
    matches: () => true,
    contexts: contextsBy([], rules),
  }),
);

type Loop = (record: (payload: object) => void, texts: readonly string[], events: number) => void;
/** A loop of its own for each tracepoint, so that V8 inlines each. */
const loopOf = (name: string): Loop =>
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is ours
  new Function(
    'record',
    'texts',
    'events',
    `// ${name}
for (let i = 0; i < events; i++) {
  record({ a: i, b: i + 1, c: i + 2, d: i + 3, text: texts[i & 7] });
}`,
  ) as Loop;

const cases = Object.fromEntries(
  Object.keys(IN_CONTEXT).map((name) => {
    const record = tracer.tracepoint(`in:${name}`, FIVE) as (payload: object) => void;
    const loop = loopOf(name);
    const run = (events: number): void =>
      requests.run({ tenant: 'acme' }, () => loop(record, TEXTS, events));
    return [name, run];
  }),
);
await serve(cases);
bench.close();
process.exit();
