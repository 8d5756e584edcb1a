/**
 * Breaks one rule of the product at a time and checks whether the simulator detects it. See `docs/mutation.md`.
 *
 * Each mutant is a copy of the compiled package with one change; `mutation-runs.ts` runs scenarios in it until a law is
 * broken. The unchanged package must pass the run that kills a mutant. A mutant that the simulator does not detect is
 * given to the file of tests that is named for it. A file keeps the verdict on each mutant, so that the next call
 * continues where this one stopped.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { concernedBy } from './mutants/concerns.ts';
import { MUTANTS } from './mutants/index.ts';
import type { Mutant } from './mutants/mutant.ts';
import { SURVIVORS } from './mutants/survivors.ts';
import { type Results, reportOf, type Verdict } from './mutation-report.ts';
import type { Order, Outcome, Run } from './mutation-runs.ts';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = ['src', 'actors', 'sim', 'bin', 'bench', 'test'];
const INPUTS = 'test/system/scenarios/regressions';
const PAGE = join(PACKAGE, 'docs/mutation.md');
/** Seeds of the scenarios that are known to kill a mutant, then of those that concern it, before all others. */
const KNOWN_SEEDS = 1000;
const CONCERNED_SEEDS = 25;
/** Bound on the characters of a finding in the results. */
const TEXT_MAX = 70;
/** A mutant that exceeds its time by more than this hangs: no run takes that long. */
const HANG_MS = 60_000;
/** One file of tests takes less on a busy machine. */
const TEST_MS_MAX = 600_000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '120' },
    jobs: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    results: { type: 'string', default: join(PACKAGE, 'bench/mutants/results.json') },
    survivors: { type: 'boolean', default: false },
    tests: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
});
const [runsMax, seconds, jobs] = [values.runs, values.seconds, values.jobs].map(Number) as [
  number,
  number,
  number,
];
if (![runsMax, seconds, jobs].every((value) => Number.isSafeInteger(value) && value > 0)) {
  throw new Error('--runs, --seconds and --jobs are whole numbers from 1 on');
}

function compiled(root: string, { file }: Mutant): string {
  return join(root, 'dist', `${file}.js`);
}

/** The file's text with the edits of the mutant. The text of each edit must occur exactly once. */
function mutated(text: string, { title, edits }: Mutant): string {
  return edits.reduce((now, [was, becomes]) => {
    const places = now.split(was).length - 1;
    if (places !== 1)
      throw new Error(`"${title}": ${places} occurrences of ${JSON.stringify(was)}`);
    return now.replace(was, () => becomes);
  }, text);
}

/** Identifies the version of a mutant: it changes with the edits. */
function digestOf({ file, edits }: Mutant): string {
  return createHash('sha256')
    .update(JSON.stringify([file, edits]))
    .digest('hex')
    .slice(0, 12);
}

const running = new Set<ChildProcess>();

/** The outcome of the order in this copy; `undefined`: it hangs; text: it failed with this error. */
function simulate(root: string, order: Order): Promise<Outcome | string | undefined> {
  return new Promise((resolve, reject) => {
    const program = join(root, 'dist/bench/mutation-runs.js');
    // The same young generation as the jobs of `lttng-sim fuzz`.
    const args = ['--max-semi-space-size=64', program, JSON.stringify(order)];
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let [stdout, stderr, isLate] = ['', '', false];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-2000);
    });
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, order.msMax + HANG_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      if (isLate) resolve(undefined);
      else resolve(code === 0 ? (JSON.parse(stdout) as Outcome) : stderr);
    });
  });
}

/** Whether the unchanged package passes this run. */
async function passes(root: string, only: Run): Promise<boolean> {
  const outcome = await simulate(root, {
    first: [],
    runsMax: 1,
    msMax: HANG_MS,
    left: [],
    only,
  });
  return typeof outcome === 'object' && outcome.killed === undefined;
}

/** The beginning of the text, in whole words. */
function cut(text: string): string {
  return text.length <= TEXT_MAX ? text : text.slice(0, TEXT_MAX + 1).replace(/\s+\S*$/, '');
}

/** Whether the tests of this file pass in this copy. */
function isPassed(root: string, test: string): Promise<boolean> {
  const args = [join(PACKAGE, 'node_modules/vitest/vitest.mjs'), 'run', '--dir', 'dist/test', test];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: 'ignore',
      timeout: TEST_MS_MAX,
      killSignal: 'SIGKILL',
    });
    running.add(child);
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      resolve(code === 0);
    });
  });
}

/** Does something while the copy has the mutant. */
async function withMutant<T>(root: string, mutant: Mutant, act: () => Promise<T>): Promise<T> {
  const path = compiled(root, mutant);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, mutated(text, mutant));
  try {
    // A mutant with a syntax error proves nothing.
    execFileSync(process.execPath, ['--check', path]);
    return await act();
  } finally {
    writeFileSync(path, text);
  }
}

/** The verdict on a mutant that survived so many runs of the simulator. */
async function judgeByTests(root: string, mutant: Mutant, runs: number): Promise<Verdict> {
  const survivor = SURVIVORS[mutant.title];
  if (survivor === undefined) return { kind: 'survived', runs };
  const { test } = survivor;
  if (!(await isPassed(root, test))) throw new Error(`${test} fails without a mutant`);
  const isSurvivor = await withMutant(root, mutant, () => isPassed(root, test));
  return { kind: isSurvivor ? 'survived' : 'test', runs };
}

async function judge(root: string, mutant: Mutant): Promise<Verdict> {
  const left: Run[] = [];
  const { known, concerned } = concernedBy(mutant);
  let [runs, msLeft] = [0, seconds * 1000];
  for (;;) {
    const beganAt = performance.now();
    const order = {
      first: [
        { scenarios: known, seeds: KNOWN_SEEDS },
        { scenarios: concerned, seeds: CONCERNED_SEEDS },
      ],
      ...{ runsMax: runsMax - runs, msMax: msLeft, left },
    };
    const outcome = await withMutant(root, mutant, () => simulate(root, order));
    if (outcome === undefined) return { kind: 'hangs', runs };
    if (typeof outcome === 'string') return { kind: 'fails', runs, text: cut(outcome) };
    runs += outcome.runs;
    const { killed } = outcome;
    if (killed === undefined) return judgeByTests(root, mutant, runs);
    // A test checks the orders of the ring with the unchanged package.
    if (killed.seed === 0 || (await passes(root, killed)))
      return { kind: 'law', runs, ...killed, text: cut(killed.text) };
    process.stderr.write(`${killed.scenario} seed ${killed.seed} fails without the mutant\n`);
    left.push(killed);
    msLeft = Math.max(1, msLeft - (performance.now() - beganAt));
  }
}

function copyTo(root: string): void {
  for (const part of COPIED) {
    cpSync(join(PACKAGE, 'dist', part), join(root, 'dist', part), { recursive: true });
  }
  // The compiler does not copy the inputs of runs.
  cpSync(join(PACKAGE, INPUTS), join(root, 'dist', INPUTS), { recursive: true });
  cpSync(join(PACKAGE, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(PACKAGE, 'node_modules'), join(root, 'node_modules'));
  const settings = { pool: 'forks', testTimeout: TEST_MS_MAX, hookTimeout: TEST_MS_MAX };
  writeFileSync(
    join(root, 'vitest.config.mjs'),
    `export default ${JSON.stringify({ test: settings })};\n`,
  );
}

function load(): Results {
  if (!existsSync(values.results)) return {};
  return JSON.parse(readFileSync(values.results, 'utf8')) as Results;
}

function save(results: Results): void {
  const ordered = MUTANTS.flatMap(({ title }) => {
    const result = results[title];
    return result === undefined ? [] : [[title, result] as const];
  });
  writeFileSync(
    `${values.results}.new`,
    `${JSON.stringify(Object.fromEntries(ordered), null, 2)}\n`,
  );
  renameSync(`${values.results}.new`, values.results);
}

function wordsOf(verdict: Verdict): string {
  const { kind, runs } = verdict;
  return kind === 'law'
    ? `${verdict.oracle}, ${verdict.scenario} seed ${verdict.seed}, ${runs} runs: ${verdict.text}`
    : `${kind}, ${runs} runs`;
}

async function work(root: string, waiting: Mutant[], results: Results): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const known = results[mutant.title]?.verdict;
    const verdict =
      values.tests && known !== undefined
        ? await judgeByTests(root, mutant, known.runs)
        : await judge(root, mutant);
    results[mutant.title] = { digest: digestOf(mutant), verdict };
    save(results);
    process.stderr.write(`${mutant.title}: ${wordsOf(verdict)}\n`);
  }
}

// Checks all mutants before the first run: the code may have changed.
const stray = new Set<Mutant>();
for (const mutant of MUTANTS) {
  try {
    mutated(readFileSync(compiled(PACKAGE, mutant), 'utf8'), mutant);
  } catch (error) {
    stray.add(mutant);
    process.stderr.write(`left out: ${String(error)}\n`);
  }
}
const results = load();
for (const mutant of MUTANTS) {
  const known = results[mutant.title];
  if (known === undefined) continue;
  if (known.digest !== digestOf(mutant)) delete results[mutant.title];
}
const waiting = MUTANTS.filter((mutant) => {
  const { title, file } = mutant;
  if (stray.has(mutant)) return false;
  const known = results[title]?.verdict;
  const isAgain = values.survivors || values.tests;
  const isUnseen = known?.kind === 'survived' || known?.kind === 'test';
  const isDue = known === undefined || (isAgain && isUnseen);
  return isDue && `${file} ${title}`.includes(values.only);
});
if (!values.page) {
  const roots = Array.from({ length: Math.min(jobs, waiting.length) }, () =>
    mkdtempSync(join(tmpdir(), 'lttng-ts-mutant-')),
  );
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
    for (const root of roots) rmSync(root, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  for (const root of roots) copyTo(root);
  await Promise.all(roots.map((root) => work(root, waiting, results)));
}
const [head = ''] = readFileSync(PAGE, 'utf8').split(/(?<=^<!-- what ran -->$)/m);
writeFileSync(PAGE, `${head}\n\n${reportOf(MUTANTS, results)}\n`);
