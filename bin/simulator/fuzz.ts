/** `lttng-sim fuzz`: runs many seeds on all cores, until one fails. */
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
 * A job is a process with one thread. With V8's threads for compilation and garbage collection, two jobs on two cores
 * made a third more runs than one job; without these threads, twice as many (`docs/performance.md`). In a large young
 * generation the objects of a run die before V8 copies them: this saves a tenth of the time, and costs each job up to
 * three times this much memory.
 */
const JOB_FLAGS = ['--single-threaded', '--max-semi-space-size=64'];
/** How often progress is shown, milliseconds. */
const PROGRESS_MS = 250;

export function addFuzz(program: Command, cliOf: () => Cli): void {
  program
    .command('fuzz')
    .description('Run scenarios under many seeds, until one fails')
    .argument('[scenarios...]', 'scenarios to run (default: all in turn)', scenariosOf)
    .option('-n, --seeds <number>', 'number of seeds', countOf, SEEDS)
    .option('--from <seed>', 'first seed (default: a random one)', seedOf)
    .option(
      '-j, --jobs <number>',
      'number of parallel jobs',
      integerFrom(1, JOBS_MAX),
      availableParallelism(),
    )
    .option('-k, --keep-going', 'do not stop at the first failure')
    .option('--failures <directory>', 'write a file for each failure; see lttng-sim replay')
    .option(
      '--twice <number>',
      'repeat one run in so many and compare; 0: none',
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
  const receive = (one: ChildProcess, news: FuzzNews): void => {
    if (news.kind === 'failure') {
      wipe();
      log.add(news.seed, news.failure);
      // Ends the other jobs; this one may still minimise its input.
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
    one.on('message', (news: FuzzNews) => receive(one, news));
    one.on('error', (error) => {
      breakOff(`A job failed: ${error.message}`);
      if (one.pid === undefined) isOver();
    });
    one.on('exit', (code, signal) => {
      if (code !== 0 && !one.killed) breakOff(`A job has ended: ${signal ?? `status ${code}`}`);
    });
    // Emitted after the last message of the job.
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
