/** The result of a torture test, as a table. */
import { addTally, NOTHING, type Tally } from './account.ts';
import { KINDS } from './living.ts';
import type { TortureReport } from './torture.ts';

export function tableOf({ rounds, kills, tallies, snapshots }: TortureReport): string {
  const total = Object.values(kills).reduce((sum, count) => sum + count, 0);
  const killed = KINDS.map((kind) => `  ${kind.padEnd(16)}${String(kills[kind]).padStart(8)}`);
  const columns = ['emitted', 'readable', 'discarded', 'overwritten', 'repeated', 'lost'] as const;
  const all = Object.values(tallies).reduce(addTally, NOTHING);
  const row = (name: string, tally: Tally): string =>
    `  ${name.padEnd(10)}${columns.map((column) => String(tally[column]).padStart(12)).join('')}`;
  return [
    `Killed with kill -9, in ${rounds} rounds: ${total}`,
    ...killed,
    'Events',
    `  ${'session'.padEnd(10)}${columns.map((column) => column.padStart(12)).join('')}`,
    ...Object.entries(tallies).map(([name, tally]) => row(name, tally)),
    row('all', all),
    `Snapshots, each with the newest event of every application: ${snapshots}`,
  ].join('\n');
}
