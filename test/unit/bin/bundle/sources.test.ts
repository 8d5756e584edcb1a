/** Stacks of a bundle name its sources; without a map they name the bundle. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { showSources } from '../../../../bin/bundle/sources.ts';

/** Line 1, column 7 of the bundle is line 41, column 3 of the source. */
const MAP = { version: 3, sources: ['../../../src/ring/reader.ts'], names: [], mappings: 'MAwCE' };

let directory: string;
const { prepareStackTrace } = Error;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lttng-ts-sources-'));
});
afterEach(() => {
  Object.assign(Error, { prepareStackTrace });
  rmSync(directory, { recursive: true, force: true });
});

function stackIn(filename: string): string | undefined {
  showSources(directory);
  try {
    runInThisContext('      throwing();', { filename, displayErrors: false });
  } catch (thrown) {
    return (thrown as Error).stack;
  }
  return undefined;
}

it('a stack names the source', () => {
  writeFileSync(join(directory, 'program.cjs.map'), JSON.stringify(MAP));
  const lines = stackIn(join(directory, 'program.cjs'))?.split('\n') ?? [];
  expect(lines[0]).toBe('ReferenceError: throwing is not defined');
  expect(lines[1]).toBe('    at src/ring/reader.ts:41:3');
  // Other files keep their names.
  expect(lines[2]).toContain('node:vm');
});

it.each(['', '{', '{"version":3}'])('with the map %j it names the bundle', (map) => {
  if (map !== '') writeFileSync(join(directory, 'program.cjs.map'), map);
  expect(stackIn(join(directory, 'program.cjs'))?.split('\n')[1]).toBe('    at program.cjs:1:7');
});
