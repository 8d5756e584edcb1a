/** The examples in the documents of the simulator compile under this project's settings, and run as described. */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Code blocks of a document, in order. */
function examplesIn(document: string): string[] {
  const text = readFileSync(join(ROOT, 'docs', document), 'utf8');
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
}

let directory = '';
/** A checkout of symbolic links, with the examples at the paths that they name. */
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lttng-sim-documents-'));
  const links = (under: string, but: readonly string[]): void => {
    mkdirSync(join(directory, under), { recursive: true });
    for (const name of readdirSync(join(ROOT, under))) {
      if (!but.includes(name)) symlinkSync(join(ROOT, under, name), join(directory, under, name));
    }
  };
  for (const name of ['src', 'actors']) symlinkSync(join(ROOT, name), join(directory, name));
  links('sim', ['scenarios', 'tsconfig.json']);
  links('sim/scenarios', []);
  links('node_modules', ['.vite', '.bin']);
  symlinkSync(ROOT, join(directory, 'node_modules/lttng-ts'));
  mkdirSync(join(directory, 'test/system'), { recursive: true });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Compiles these files with this project's settings; `emits`: writes the programs beside them. */
function compile(files: readonly string[], emits: boolean): string {
  const compilerOptions = {
    composite: false,
    noEmit: !emits,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  const settings = { extends: join(ROOT, '.tsconfig.base.json'), compilerOptions, files };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
  return run(join(ROOT, 'node_modules/.bin/tsc'), '-p', directory);
}

function run(program: string, ...words: string[]): string {
  const { stdout, stderr, status } = spawnSync(program, words, {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout + stderr);
  return stdout;
}

describe('examples in documents', () => {
  test('simulator-kernel.md: a system of its own on the simulated machine', () => {
    const [example = ''] = examplesIn('simulator-kernel.md');
    writeFileSync(join(directory, 'example.ts'), example);
    expect(compile(['example.ts'], true)).toBe('');
    const said = run(process.execPath, join(directory, 'example.js'));
    expect(said).toBe('200 runs, each served, each the same again\n');
  });

  test('simulator.md: a scenario and its property', () => {
    const [scenario = '', property = ''] = examplesIn('simulator.md');
    writeFileSync(join(directory, 'sim/scenarios/mine.ts'), scenario);
    writeFileSync(join(directory, 'test/system/mine.test.ts'), property);
    expect(compile(['sim/scenarios/mine.ts', 'test/system/mine.test.ts'], false)).toBe('');
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const words = [
      vitest,
      'run',
      '--root',
      directory,
      '--reporter',
      'json',
      '--testTimeout',
      '60000',
    ];
    const { stdout } = spawnSync(process.execPath, words, { cwd: directory, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({
      numPassedTests: 1,
      numFailedTests: 0,
      success: true,
    });
  });
});
