/** Programs that people run behave the same under `lttng record`: status, outputs, files that they write. */
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAMS } from '../../support/real/everyday.ts';
import type { Program } from '../../support/real/program.ts';
import { filesUnder, makePlace, type Place, PRELOAD } from '../../support/real/sandbox.ts';
import { readTrace } from '../../support/real/traces.ts';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The files of its directory, with their lengths. */
  readonly files: readonly string[];
}

/** Longer than any program runs. */
const PROGRAM_MS_MAX = 60_000;
const DIST = dirname(dirname(PRELOAD));
const LTTNG = join(DIST, 'bin/lttng.js');
const PACKAGES = join(dirname(DIST), 'test/programs/node_modules');
const WHY = 'npm ci --prefix test/programs installs what this program needs';

let place: Place;
beforeAll(() => {
  place = makePlace();
});
afterAll(() => place.end());

let runs = 0;

/** Runs the program in a directory of its own, with these words before its command. */
async function run(
  program: Program,
  before: (directory: string) => readonly string[],
): Promise<Outcome> {
  const directory = join(place.directory, `run-${(runs += 1)}`);
  mkdirSync(directory);
  symlinkSync(PACKAGES, join(directory, 'node_modules'));
  for (const [name, text] of Object.entries(program.files ?? {})) {
    writeFileSync(join(directory, name), text);
  }
  const node = program.node === undefined ? process.execPath : nodeOf(program.node);
  const shell = program.shell === undefined ? [] : ['sh', '-c', program.shell, 'sh'];
  const [file = '', ...words] = [...before(directory), ...shell, node, ...program.args];
  const child = spawn(file, words, {
    cwd: directory,
    env: { ...place.environment, HOME: place.homeOf(), NO_COLOR: '1', ...program.environment },
    timeout: PROGRAM_MS_MAX,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(program.stdin ?? '');
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal === 'SIGTERM' ? 143 : code));
  });
  const steady = (text: string): string =>
    text
      .replaceAll(directory, 'DIRECTORY')
      .replace(/\(node:\d+\)/g, '(node:PID)')
      .replace(/\b\d\d:\d\d:\d\d\b|\b[\d.]+ ?m?s\b/g, 'TIME');
  return { status, stdout: steady(stdout), stderr: steady(stderr), files: filesIn(directory) };
}

function nodeOf(major: number): string {
  return join(PACKAGES, `node-${major}/bin/node`);
}

function filesIn(directory: string): string[] {
  return filesUnder(directory).map((path) => {
    const entry = lstatSync(path);
    return `${relative(directory, path)} ${entry.isFile() ? entry.size : ''}`;
  });
}

function isThere({ node, needs }: Program): boolean {
  return (
    (node === undefined || existsSync(nodeOf(node))) &&
    (needs === undefined || existsSync(join(PACKAGES, needs)))
  );
}

const titleOf = ({ name, node }: Program): string =>
  node === undefined ? name : `${name}, Node ${node}`;

describe.each(PROGRAMS.map((program) => [titleOf(program), program] as const))(
  '%s',
  (_, program) => {
    it('behaves the same', async ({ skip }) => {
      skip(!isThere(program), WHY);
      const output = join(place.directory, `trace-${runs}`);
      const record = [process.execPath, LTTNG, '-q', 'record', '-o', output, '--'];
      // Beside each other: each has a directory of its own, and most of them wait for something.
      const [expected, recorded] = await Promise.all([
        run(program, () => []),
        run(program, () => record),
      ]);
      expect(recorded).toEqual(expected);
      const names = existsSync(output) ? readTrace(output).events.map(({ name }) => name) : [];
      expect(names.includes('node:process_start')).toBe(program.isUntraced !== true);
    });
  },
);
