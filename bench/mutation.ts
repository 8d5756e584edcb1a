/**
 * Breaks one rule of the product at a time and sees whether the simulator notices. See `docs/mutation.md`.
 *
 * Use: `npm run mutation -- [--seeds N] [--jobs N] [--only WORD]`. Each mutant is a copy of the compiled
 * package with one change; `lttng-sim fuzz` runs all scenarios on it, from seed 1 on, until a law is broken.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants/index.ts';
import type { Mutant } from './mutants/mutant.ts';
import { REASONS } from './mutants/survivors.ts';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = ['src', 'actors', 'sim', 'bin'];
/** A mutant that takes longer than the unchanged package would by far hangs. */
const TIMEOUT_MS_A_SEED = 2000;
const TIMEOUT_MS_MIN = 60_000;

type Verdict =
  | {
      readonly kind: 'law';
      readonly oracle: string;
      readonly scenario: string;
      readonly seed: number;
    }
  | { readonly kind: 'broken' | 'time-out' | 'survived' };

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    only: { type: 'string', default: '' },
  },
});
const seeds = Number(values.seeds);
const jobs = Number(values.jobs);
if (!(Number.isSafeInteger(seeds) && seeds > 0 && Number.isSafeInteger(jobs) && jobs > 0)) {
  throw new Error('--seeds and --jobs are whole numbers from 1 on');
}

function compiled(root: string, { file }: Mutant): string {
  return join(root, 'dist', `${file}.js`);
}

/** The file's text with the mutant in it. What is to be changed must be there exactly once. */
function mutated(text: string, { title, edits }: Mutant): string {
  return edits.reduce((now, [was, becomes]) => {
    const places = now.split(was).length - 1;
    if (places !== 1) throw new Error(`"${title}": ${places} places of ${JSON.stringify(was)}`);
    return now.replace(was, () => becomes);
  }, text);
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly isLate: boolean;
}

const running = new Set<ChildProcess>();

function run(args: readonly string[], cwd: string, timeoutMs: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
    running.add(child);
    let stdout = '';
    let isLate = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, stdout, isLate });
    });
  });
}

async function simulate(root: string): Promise<Verdict> {
  const fuzz = ['fuzz', '--seeds', String(seeds), '--from', '1', '-j', '1', '--twice', '0'];
  const { code, stdout, isLate } = await run(
    [join(root, 'dist/bin/lttng-sim.js'), '--output-format', 'json', ...fuzz],
    root,
    TIMEOUT_MS_MIN + seeds * TIMEOUT_MS_A_SEED,
  );
  if (isLate) return { kind: 'time-out' };
  if (code === 0) return { kind: 'survived' };
  for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
    const { oracle, scenario, seed } = JSON.parse(line) as Record<string, unknown>;
    if (typeof oracle !== 'string' || typeof scenario !== 'string' || typeof seed !== 'number')
      continue;
    return { kind: 'law', oracle, scenario, seed };
  }
  return { kind: 'broken' };
}

async function judge(root: string, mutant: Mutant): Promise<Verdict> {
  const path = compiled(root, mutant);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, mutated(text, mutant));
  try {
    return await simulate(root);
  } finally {
    writeFileSync(path, text);
  }
}

function wordsOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'law':
      return `${verdict.oracle}, ${verdict.scenario} seed ${verdict.seed}`;
    case 'broken':
      return 'the simulation itself fails';
    case 'time-out':
      return 'time-out';
    case 'survived':
      return 'SURVIVED';
  }
}

async function work(
  root: string,
  waiting: Mutant[],
  verdicts: Map<Mutant, Verdict>,
): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const verdict = await judge(root, mutant);
    verdicts.set(mutant, verdict);
    process.stderr.write(`${mutant.title}: ${wordsOf(verdict)}\n`);
  }
}

function copyTo(root: string): void {
  for (const part of COPIED) {
    cpSync(join(PACKAGE, 'dist', part), join(root, 'dist', part), { recursive: true });
  }
  cpSync(join(PACKAGE, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(PACKAGE, 'node_modules'), join(root, 'node_modules'));
}

function report(mutants: readonly Mutant[], verdicts: ReadonlyMap<Mutant, Verdict>): void {
  const isKilled = (mutant: Mutant): boolean => verdicts.get(mutant)?.kind !== 'survived';
  const killed = mutants.filter(isKilled);
  const lines = [
    `${mutants.length} mutants, ${seeds} seeds in each scenario: the simulator kills ${killed.length}.`,
    '',
    '| mutant | rule | in | killed by |',
    '|---|---|---|---|',
  ];
  for (const mutant of mutants) {
    const verdict = verdicts.get(mutant);
    if (verdict === undefined) continue;
    lines.push(
      `| ${mutant.title} | ${mutant.rule} | \`${dirname(mutant.file)}\` | ${wordsOf(verdict)} |`,
    );
  }
  const survivors = mutants.filter((mutant) => !isKilled(mutant));
  if (survivors.length > 0) lines.push('', 'What survived, and what it would take:', '');
  for (const { title } of survivors) {
    lines.push(`- ${title}: ${REASONS[title] ?? 'not looked into yet'}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

const mutants = MUTANTS.filter(({ title, file }) => `${file} ${title}`.includes(values.only));
// All of them before the first one runs: the code may have moved on.
for (const mutant of mutants) mutated(readFileSync(compiled(PACKAGE, mutant), 'utf8'), mutant);
const roots = Array.from({ length: Math.min(jobs, mutants.length) }, () =>
  mkdtempSync(join(tmpdir(), 'lttng-ts-mutant-')),
);
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
for (const root of roots) copyTo(root);
const unchanged = roots[0] === undefined ? undefined : await simulate(roots[0]);
if (unchanged?.kind !== 'survived')
  throw new Error('the package fails as it is, or no mutant fits');
const verdicts = new Map<Mutant, Verdict>();
const waiting = [...mutants];
await Promise.all(roots.map((root) => work(root, waiting, verdicts)));
report(mutants, verdicts);
