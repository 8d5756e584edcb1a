/**
 * Nanoseconds an event: our tracepoint beside LTTng's in C, pino and an OpenTelemetry span, in one run, one round of
 * each after another, so that a noisy minute of the machine is everybody's. See `docs/performance.md`.
 *
 * Use: `npm run bench [rounds]`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contestant, startScript } from './lib/contestant.ts';
import { machine, median, say, spread, table } from './lib/figures.ts';
import { type Lttng, lttngVersion, startLttng } from './lib/lttng.ts';

const ROUNDS = Number(process.argv[2] ?? 11);
const WARM_ROUNDS = 3;
const EVENTS = 1_000_000;
/** The other tracers of JavaScript take microseconds. */
const SLOW_EVENTS = 50_000;
const MIB = 2 ** 20;

const CASES: readonly (readonly [string, string])[] = [
  ['one', '1 int'],
  ['four', '4 ints, 16 characters'],
  ['labelled', '1 int, 1 of 8 labels'],
  ['off', 'never enabled, 1 int'],
  ['paused', 'disabled after use, 4 ints, 16 characters'],
];

interface Entry {
  readonly contestant: Contestant;
  readonly events: number;
  /** Per case, one figure a round. */
  readonly figures: Map<string, number[]>;
}

const entries: Entry[] = [];
const add = (contestant: Contestant, events: number): void => {
  entries.push({ contestant, events, figures: new Map() });
};

const traces = mkdtempSync(join(tmpdir(), 'lttng-ts-bench-'));
process.once('exit', () => rmSync(traces, { recursive: true, force: true }));
const version = lttngVersion();
const lttngs: Lttng[] = [];

add(await startScript('lttng-ts overwrite', 'tracepoint', ['overwrite']), EVENTS);
if (version !== undefined) {
  lttngs.push(
    await startLttng('lttng-ust overwrite', {
      snapshot: true,
      subbufferSize: '1M',
      subbuffers: 4,
    }),
  );
}
const discard = await startScript('lttng-ts discard', 'tracepoint', ['discard']);
const consumer = await startScript('consumer', 'consumer', [discard.greeting, traces]);
if (version !== undefined) {
  lttngs.push(
    await startLttng('lttng-ust discard', {
      snapshot: false,
      subbufferSize: '8M',
      subbuffers: 8,
      files: { bytes: 64 * MIB, count: 2 },
    }),
  );
}
const [ustOverwrite, ustDiscard] = lttngs;
if (ustOverwrite !== undefined) add(ustOverwrite.contestant, EVENTS);
add(discard, EVENTS);
if (ustDiscard !== undefined) add(ustDiscard.contestant, EVENTS);
add(await startScript('pino', 'pino'), SLOW_EVENTS);
add(await startScript('OpenTelemetry', 'open-telemetry'), SLOW_EVENTS);

say(machine());
say(
  version ?? 'LTTng is not installed (lttng-tools, liblttng-ust-dev, gcc): nothing to compare with',
);
for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
  for (const [what] of CASES) {
    for (const { contestant, events, figures } of entries) {
      const figure = await contestant.run(what, events);
      if (figure === undefined || round < 0) continue;
      const list = figures.get(what) ?? [];
      figures.set(what, [...list, figure]);
    }
  }
}

say(`\nNanoseconds an event, median [least..most] of ${ROUNDS} rounds:\n`);
say(
  table([
    ['', ...CASES.map(([, title]) => title)],
    ...entries.map(({ contestant, figures }) => [
      contestant.name,
      ...CASES.map(([what]) => spread(figures.get(what) ?? [])),
    ]),
  ]),
);

const figuresOf = (name: string): Entry | undefined =>
  entries.find(({ contestant }) => contestant.name === name);
say('\nOurs by LTTng in C, medians; in brackets the median of the ratios within each round:\n');
for (const mode of ['overwrite', 'discard']) {
  const [ours, theirs] = [figuresOf(`lttng-ts ${mode}`), figuresOf(`lttng-ust ${mode}`)];
  if (ours === undefined || theirs === undefined) continue;
  for (const what of ['one', 'four']) {
    const [a, b] = [ours.figures.get(what) ?? [], theirs.figures.get(what) ?? []];
    const within = a.map((figure, round) => figure / (b[round] ?? Number.NaN));
    say(`- ${mode}, ${what}: ${(median(a) / median(b)).toFixed(2)} (${median(within).toFixed(2)})`);
  }
}

say('\nWhat was recorded:\n');
const recordings = (ROUNDS + WARM_ROUNDS) * 2 * EVENTS;
for (const { contestant } of entries) {
  if (contestant.name.startsWith('lttng-ts'))
    say(`- ${contestant.name}: ${await contestant.end()}`);
  else if (!contestant.name.startsWith('lttng-ust')) await contestant.end();
}
say(`- consumer of lttng-ts discard: ${await consumer.end()} bytes written`);
if (ustOverwrite !== undefined) {
  ustOverwrite.command('snapshot', 'record');
  say(`- lttng-ust overwrite: ${recordings} asked, a snapshot held ${countEvents(ustOverwrite)}`);
}
if (ustDiscard !== undefined) {
  ustDiscard.command('stop');
  const lost =
    /Discarded events: (\d+)/.exec(ustDiscard.command('list', 'bench'))?.[1] ?? 'unknown';
  say(`- lttng-ust discard: ${recordings} asked, discarded: ${lost}`);
}
for (const lttng of lttngs) await lttng.end();

/** Events in what LTTng wrote, as babeltrace2 counts them. */
function countEvents({ output }: Lttng): string {
  try {
    const counted = execFileSync('babeltrace2', [output, '--component=sink.utils.counter'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /(\d+) Event messages/.exec(counted)?.[1] ?? counted;
  } catch {
    return 'something babeltrace2 could not count';
  }
}
