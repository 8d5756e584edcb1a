/** `lttng-sim fuzz`: many seeds on all cores, until one fails. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { Scenario } from '../../sim/input/scenario.ts';
import { addTally, type Tallies, unseenIn, unseenText } from '../../sim/run/ensemble.ts';
import { SCENARIOS } from '../../sim/scenarios/index.ts';
import { count } from '../terminal/output.ts';
import {
  bugOf,
  type Cli,
  countOf,
  EXIT,
  hasSeeds,
  integerFrom,
  isWritten,
  scenarioOf,
  seedOf,
} from './common.ts';
import { FailureLog } from './failure-log.ts';
import type { FuzzNews, FuzzWork } from './fuzz-work.ts';
import { originOf } from './origin.ts';

interface FuzzOptions {
  readonly seeds: number;
  readonly from?: number;
  readonly bug?: string;
  readonly jobs: number;
  readonly twice: number;
  readonly keepGoing?: true;
  readonly failures?: string;
}

const SEEDS = 1000;
const FIRST_SEED_BOUND = 2 ** 40;
const JOBS_MAX = 256;
const TWICE_EVERY = 20;
/**
 * A job is a process that does all of its work itself: with the threads that V8 has for compiling and for garbage, two
 * jobs on two cores made a third more runs than one; without, twice as many (`docs/performance.md`). What a run leaves
 * is garbage before it is copied when the young generation is large: a tenth of the time is saved so, and each job
 * takes up to three times this much more memory.
 */
const JOB_FLAGS = ['--single-threaded', '--max-semi-space-size=64'];
/** How often progress is shown, milliseconds. */
const PROGRESS_MS = 250;

export function addFuzz(program: Command, cliOf: () => Cli): void {
  program
    .command('fuzz')
    .description('Run scenarios under many seeds, until one fails')
    .argument('[scenarios...]', 'some of them; all in turn when left out', scenariosOf)
    .option('-n, --seeds <number>', 'how many', countOf, SEEDS)
    .option('--from <seed>', 'the first one; new ones every time when left out', seedOf)
    .option(
      '-j, --jobs <number>',
      'how many at a time',
      integerFrom(1, JOBS_MAX),
      availableParallelism(),
    )
    .option('-k, --keep-going', 'do not stop at the first failure')
    .option('--failures <directory>', 'write a file for each failure; see lttng-sim replay')
    .option(
      '--twice <number>',
      'do one run in so many twice and compare; 0: none',
      seedOf,
      TWICE_EVERY,
    )
    .option('--bug <name>', 'plant a bug; see lttng-sim list', bugOf)
    .action((scenarios: readonly Scenario[], options: FuzzOptions) => {
      fuzz(cliOf(), scenarios.length === 0 ? SCENARIOS : scenarios, options);
    });
}

function addUp(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, times] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + times);
}

function scenariosOf(name: string, before: readonly Scenario[] = []): readonly Scenario[] {
  return [...before, scenarioOf(name)];
}

function fuzz(cli: Cli, scenarios: readonly Scenario[], options: FuzzOptions): void {
  const { output } = cli;
  const { seeds, from = randomInt(FIRST_SEED_BOUND), failures: directory } = options;
  if (!hasSeeds(cli, from, seeds)) return;
  const keepsGoing = options.keepGoing === true;
  const jobs = Math.min(options.jobs, seeds);
  const isThere =
    directory === undefined ||
    isWritten(cli, directory, () => mkdirSync(directory, { recursive: true }));
  if (!isThere) return;
  const log = new FailureLog(cli, directory);
  const tallies: Tallies = {};
  const wanted = new Set(scenarios.flatMap((scenario) => scenario.labels ?? []));
  const labels = new Map<string, number>([...wanted].map((label) => [label, 0]));
  const total = seeds * scenarios.length;
  const beganAt = performance.now();
  let [runs, repeated, simulatedMs, running] = [0, 0, 0, 0];
  const rate = (amount: number): number => (amount * 1000) / (performance.now() - beganAt);

  const isShown = output.format === 'text' && process.stderr.isTTY;
  const wipe = (): void => void (isShown && process.stderr.write('\r\u001b[K'));
  const progress = setInterval(() => {
    if (!isShown) return;
    const text = `${runs} of ${count(total, 'run')}, ${rate(runs).toFixed(1)} a second`;
    const failed = log.failures === 0 ? '' : `, ${count(log.failures, 'failure')}`;
    process.stderr.write(`\r\u001b[K${text}${failed}`);
  }, PROGRESS_MS);

  const processes: ChildProcess[] = [];
  const stop = (but?: ChildProcess): void => {
    for (const one of processes) if (one !== but) one.kill();
  };
  const hear = (one: ChildProcess, news: FuzzNews): void => {
    if (news.kind === 'failure') {
      wipe();
      log.add(news.seed, news.failure);
      // The others have nothing to add; this one may still look for a smaller input.
      if (!keepsGoing) stop(one);
      return;
    }
    for (const [scenario, tally] of Object.entries(news.tallies)) {
      runs += tally.runs;
      addTally(tallies, scenario, tally);
    }
    repeated += news.repeated;
    simulatedMs += news.simulatedMs;
    addUp(labels, news.labels);
  };
  const work: Omit<FuzzWork, 'first'> = {
    scenarios: scenarios.map(({ id }) => id),
    stride: jobs,
    end: from + seeds,
    bug: options.bug,
    twiceEvery: options.twice,
    keepsGoing,
    minimises: directory !== undefined,
    origin: originOf(),
  };
  const breakOff = (text: string): void => {
    output.error('JOB_FAILED', text);
    log.hasBroken = true;
    stop();
  };
  const isOver = (): void => {
    running -= 1;
    if (running === 0) finish();
  };
  for (let job = 0; job < jobs; job++) {
    const one = fork(new URL('./fuzz-job.js', import.meta.url), {
      execArgv: [...process.execArgv, ...JOB_FLAGS],
      serialization: 'advanced',
    });
    processes.push(one);
    running += 1;
    one.once('spawn', () => one.send({ ...work, first: from + job } satisfies FuzzWork));
    one.on('message', (news: FuzzNews) => hear(one, news));
    one.on('error', (error) => {
      breakOff(`A job cannot go on: ${error.message}`);
      if (one.pid === undefined) isOver();
    });
    one.on('exit', (code, signal) => {
      if (code !== 0 && !one.killed) breakOff(`A job has ended: ${signal ?? `status ${code}`}`);
    });
    // After its last news.
    one.on('disconnect', isOver);
  }
  process.once('SIGINT', () => stop());

  function finish(): void {
    clearInterval(progress);
    wipe();
    const marks = new Map<string, number>();
    for (const tally of Object.values(tallies)) addUp(marks, tally.marks);
    const unseen = unseenIn(tallies, scenarios);
    const isBlind = unseen.some((each) => each.isBlind);
    const isOk = log.failures === 0 && !log.hasBroken && !isBlind;
    const happened = [...marks].sort(([one], [other]) => (one < other ? -1 : 1));
    output.value({
      verdict: isOk ? 'ok' : 'failed',
      from,
      seeds,
      runs,
      repeated,
      failures: log.failures,
      'runs-per-second': Number(rate(runs).toFixed(1)),
      'simulated-s-per-second': Number((rate(simulatedMs) / 1000).toFixed(1)),
      marks: Object.fromEntries(happened),
      labels: Object.fromEntries(labels),
      unseen,
    });
    const verdict = isOk ? output.paint('green', 'ok') : output.paint('red', 'failed');
    output.line(
      `${verdict} ${count(runs, 'run')} from seed ${from} on at ${rate(runs).toFixed(1)} a second, ` +
        `${repeated} of them twice`,
    );
    for (const [mark, times] of happened) {
      output.line(`  ${mark.replaceAll('-', ' ')}: in ${count(times, 'run')}`);
    }
    const missed = [...labels].filter(([, times]) => times === 0).map(([label]) => label);
    if (missed.length > 0) output.line(`  never hit: ${missed.join(', ')}`);
    for (const each of unseen) {
      const text = unseenText(each);
      output.line(each.isBlind ? output.paint('red', text) : `  ${text}`);
    }
    if (!isOk) process.exitCode = EXIT.failed;
  }
}
