/**
 * Nanoseconds an event: our tracepoint, LTTng's in C, pino and an OpenTelemetry span. One run takes a round of each in
 * turn, so that noise of the machine affects all of them. See `docs/performance.md`.
 *
 * Use: `npm run bench [rounds]`.
 */
import { execFileSync } from 'node:child_process';
import { type Contestant, startScript } from './lib/contestant.ts';
import { machine, median, say, spread, table } from './lib/figures.ts';
import { type Lttng, lttngVersion, startLttng } from './lib/lttng.ts';
import { startOurs } from './lib/ours.ts';
import { ACCEPTING, IN_CONTEXT, PAUSED_EVENTS, PAUSED_NAME, REJECTING } from './lib/payload.ts';

const ROUNDS = Number(process.argv[2] ?? 11);
const WARM_ROUNDS = 3;
const EVENTS = 1_000_000;
/** For the other tracers in JavaScript, which take microseconds an event. */
const SLOW_EVENTS = 50_000;
/** In contexts, of which some cost system calls. */
const CONTEXT_EVENTS = 200_000;
const MIB = 2 ** 20;
const OF_CHANNEL = ['--session', 'bench', '--channel', 'channel'];

const CASES: readonly (readonly [string, string])[] = [
  ['one', '1 int'],
  ['four', '4 ints, 16 characters'],
  ['labelled', '1 int, 1 of 8 labels'],
  ['off', 'never enabled, 1 int'],
  ['accepted', 'a filter accepts, 4 ints, 16 characters'],
  ['rejected', 'a filter rejects, 4 ints, 16 characters'],
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

const version = lttngVersion();
const ust: Lttng[] = [];

add(await startScript('lttng-ts overwrite', 'flight-recorder'), EVENTS);
if (version !== undefined) {
  const recorder = { snapshot: true, subbufferSize: '1M', subbuffers: 4 };
  ust.push(await startLttng('lttng-ust overwrite', recorder));
}
const ours = await startOurs('lttng-ts discard', {
  events: 'bench:one,bench:four,bench:labelled,bench:paused',
  subbufferSize: '8M',
  subbuffers: 8,
});
if (version !== undefined) {
  const files = { bytes: 64 * MIB, count: 2 };
  const recorder = { snapshot: false, subbufferSize: '8M', subbuffers: 8, files };
  ust.push(await startLttng('lttng-ust discard', recorder));
}
ours.command('add-event', 'bench:accepted', ...OF_CHANNEL, '--filter', ACCEPTING);
ours.command('add-event', 'bench:rejected', ...OF_CHANNEL, '--filter', REJECTING);
const [ustOverwrite, ustDiscard] = ust;
if (ustOverwrite !== undefined) add(ustOverwrite.contestant, EVENTS);
add(ours.contestant, EVENTS);
if (ustDiscard !== undefined) add(ustDiscard.contestant, EVENTS);
add(await startScript('pino', 'pino'), SLOW_EVENTS);
add(await startScript('OpenTelemetry', 'open-telemetry'), SLOW_EVENTS);
// V8 compiles the recording tracepoint; then the session disables it.
await ours.contestant.run(PAUSED_NAME, PAUSED_EVENTS);
ours.command('disable-event', 'bench:paused', ...OF_CHANNEL);

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
say(
  '\nOurs divided by LTTng in C: the medians, the least figures, the median of the ratios in each round:\n',
);
for (const mode of ['overwrite', 'discard']) {
  const [a, b] = [figuresOf(`lttng-ts ${mode}`), figuresOf(`lttng-ust ${mode}`)];
  for (const what of ['one', 'four']) {
    const [mine = [], theirs = []] = [a?.figures.get(what), b?.figures.get(what)];
    const within = mine.map((figure, round) => figure / (theirs[round] ?? Number.NaN));
    const ratios = [
      median(mine) / median(theirs),
      Math.min(...mine) / Math.min(...theirs),
      median(within),
    ];
    say(`- ${mode}, ${what}: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`);
  }
}

const carrying = await startScript('contexts', 'contexts');
const inContext = new Map<string, number[]>();
for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
  for (const what of Object.keys(IN_CONTEXT)) {
    const figure = (await carrying.run(what, CONTEXT_EVENTS)) ?? Number.NaN;
    if (round >= 0) inContext.set(what, [...(inContext.get(what) ?? []), figure]);
  }
}
await carrying.end();
const without = inContext.get('none') ?? [];
say('\nAn event in a context, divided by one without: the least figures, the medians:\n');
say(
  table([
    ['', 'least', 'median'],
    ...[...inContext].map(([what, figures]) => [
      (IN_CONTEXT[what] ?? []).join(', '),
      (Math.min(...figures) / Math.min(...without)).toFixed(2),
      (median(figures) / median(without)).toFixed(2),
    ]),
  ]),
);

say('\nWhat was recorded:\n');
const own = ours.summary();
const rounds = ROUNDS + WARM_ROUNDS;
const asked = rounds * 4 * EVENTS + PAUSED_EVENTS;
for (const { contestant } of entries) {
  if (contestant.name === 'lttng-ts overwrite') {
    say(`- ${contestant.name}: ${asked} asked, ${await contestant.end()}`);
  }
}
say(
  `- lttng-ts discard: ${asked} asked, ${own.events} in the trace, ${own.discardedEvents} discarded`,
);
if (ustOverwrite !== undefined) {
  ustOverwrite.command('snapshot', 'record');
  say(
    `- lttng-ust overwrite: ${rounds * 2 * EVENTS} asked, ${countEvents(ustOverwrite)} in a snapshot`,
  );
}
if (ustDiscard !== undefined) {
  ustDiscard.command('stop');
  const lost = /Discarded events: (\d+)/.exec(ustDiscard.command('list', 'bench'))?.[1];
  say(
    `- lttng-ust discard: ${rounds * 2 * EVENTS} asked, ${lost ?? 'an unknown number'} discarded`,
  );
}
for (const { contestant } of entries) await contestant.end();
await ours.end();
for (const lttng of ust) await lttng.end();

/** The number of events in the output of LTTng, as babeltrace2 counts them. */
function countEvents({ output }: Lttng): string {
  try {
    const counted = execFileSync('babeltrace2', [output, '--component=sink.utils.counter'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // The sink prints intermediate counts; the last line has the total.
    return [...counted.matchAll(/(\d+) Event messages/g)].at(-1)?.[1] ?? counted;
  } catch {
    return 'an unknown number (babeltrace2 failed)';
  }
}
