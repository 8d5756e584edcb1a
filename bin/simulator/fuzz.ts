/** `lttng-sim fuzz`: runs many seeds on all cores, until one fails. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { Scenario } from '../../sim/input/scenario.ts';
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
import { type FuzzedSeeds, FuzzResults } from './fuzz-results.ts';
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

function scenariosOf(name: string, before: readonly Scenario[] = []): readonly Scenario[] {
  return [...before, scenarioOf(name)];
}

function fuzz(cli: Cli, scenarios: readonly Scenario[], options: FuzzOptions): void {
  const { seeds, from = randomInt(FIRST_SEED_BOUND), failures: directory } = options;
  if (!hasSeeds(cli, from, seeds)) return;
  const isThere =
    directory === undefined ||
    isWritten(cli, directory, () => mkdirSync(directory, { recursive: true }));
  if (!isThere) return;
  const jobs = Math.min(options.jobs, seeds);
  const work: Omit<FuzzWork, 'first'> = {
    scenarios: scenarios.map(({ id }) => id),
    stride: jobs,
    end: from + seeds,
    bug: options.bug,
    twiceEvery: options.twice,
    keepsGoing: options.keepGoing === true,
    minimises: directory !== undefined,
    origin: originOf(),
  };
  const run = new FuzzRun(cli, scenarios, { from, seeds, directory });
  for (let job = 0; job < jobs; job++) run.start({ ...work, first: from + job });
  process.once('SIGINT', () => run.stop());
}

/** The jobs of one `lttng-sim fuzz`, and what they found so far. */
class FuzzRun {
  readonly #cli: Cli;
  readonly #about: FuzzedSeeds;
  readonly #log: FailureLog;
  readonly #results: FuzzResults;
  readonly #progress: NodeJS.Timeout;
  readonly #processes: ChildProcess[] = [];
  #running = 0;

  constructor(
    cli: Cli,
    scenarios: readonly Scenario[],
    { directory, ...about }: FuzzedSeeds & { readonly directory: string | undefined },
  ) {
    this.#cli = cli;
    this.#about = about;
    this.#log = new FailureLog(cli, directory);
    this.#results = new FuzzResults(scenarios);
    const total = about.seeds * scenarios.length;
    this.#progress = setInterval(() => this.#showProgress(total), PROGRESS_MS);
  }

  /** Starts a job in a process of its own. */
  start(work: FuzzWork): void {
    const job = fork(new URL('./fuzz-job.js', import.meta.url), {
      execArgv: [...process.execArgv, ...JOB_FLAGS],
      serialization: 'advanced',
    });
    this.#processes.push(job);
    this.#running += 1;
    job.once('spawn', () => job.send(work));
    job.on('message', (news: FuzzNews) => this.#take(job, news, work.keepsGoing));
    job.on('error', (error) => {
      this.#breakOff(`A job failed: ${error.message}`);
      if (job.pid === undefined) this.#end();
    });
    job.on('exit', (code, signal) => {
      if (code !== 0 && !job.killed) {
        this.#breakOff(`A job has ended: ${signal ?? `status ${code}`}`);
      }
    });
    // Called after the job's last message.
    job.on('disconnect', () => this.#end());
  }

  /** Stops all jobs but this one. */
  stop(but?: ChildProcess): void {
    for (const job of this.#processes) if (job !== but) job.kill();
  }

  #take(job: ChildProcess, news: FuzzNews, keepsGoing: boolean): void {
    if (news.kind === 'progress') return this.#results.add(news);
    this.#cli.output.progress(undefined);
    this.#log.add(news.seed, news.failure);
    // The other jobs stop; this one may still minimise its input.
    if (!keepsGoing) this.stop(job);
  }

  #breakOff(text: string): void {
    this.#cli.output.error('JOB_FAILED', text);
    this.#log.hasBroken = true;
    this.stop();
  }

  /** Handles the end of a job; the last one ends the command. */
  #end(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    clearInterval(this.#progress);
    this.#cli.output.progress(undefined);
    const isOk = this.#results.report(this.#cli.output, this.#about, this.#log);
    if (!isOk) process.exitCode = EXIT.failed;
  }

  #showProgress(total: number): void {
    const { failures } = this.#log;
    const text = this.#results.progressText(total);
    const failed = failures === 0 ? '' : `, ${count(failures, 'failure')}`;
    this.#cli.output.progress(text + failed);
  }
}
