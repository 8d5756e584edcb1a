/** CI's share of the torture test; `npm run torture` is the longer one. See `test/torture/torture.ts`. */
import { expect, it } from 'vitest';
import { addTally } from '../torture/account.ts';
import { tableOf } from '../torture/table.ts';
import { torture } from '../torture/torture.ts';

const KILLS = 300;

it(`${KILLS} random kill -9 lose no committed event`, { timeout: 1_200_000 }, async () => {
  const seed = Math.floor(Math.random() * 1_000_000);
  const report = await torture({ seed, kills: KILLS });
  process.stdout.write(`\nTorture, seed ${seed}\n${tableOf(report)}\n`);
  expect({ seed, defects: report.defects }).toEqual({ seed, defects: [] });
  const killed = Object.values(report.kills);
  expect(killed.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(KILLS);
  expect(Math.min(...killed)).toBeGreaterThan(0);
  const { emitted, readable, discarded, overwritten, repeated } = Object.values(
    report.tallies,
  ).reduce(addTally);
  expect(readable + discarded + overwritten).toBe(emitted);
  expect(repeated).toBe(0);
  expect(report.snapshots).toBeGreaterThan(report.rounds);
  expect(Math.min(readable, discarded, overwritten)).toBeGreaterThan(0);
});
