/** The state charts in `docs/charts` match the machines, and every machine has one. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { chartFiles } from '../../../../bin/simulator/state-charts.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const CHARTS = join(ROOT, 'docs/charts');

describe('state charts', () => {
  const files = chartFiles();

  test.each([...files])('%s matches the machine; otherwise: npm run charts', (name, text) => {
    expect(readFileSync(join(CHARTS, name), 'utf8')).toBe(text);
  });

  test('there are no others', () => {
    expect(readdirSync(CHARTS).sort()).toEqual([...files.keys()].sort());
  });

  test('every actor has one', () => {
    const actors = readdirSync(join(ROOT, 'actors'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('machine.ts'))
      .map((path) => `${basename(dirname(path))}.md`);
    expect(actors.length).toBeGreaterThan(5);
    expect([...files.keys()]).toEqual(expect.arrayContaining(actors));
  });
});
