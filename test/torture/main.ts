/**
 * Tortures on demand: `npm run torture -- [--kills N] [--seed N] [--keep DIRECTORY]`. Prints the kills by kind and the
 * account of the events; exit status 1 when an event is lost, repeated or out of order, or a resource is left behind.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DIST_VARIABLE } from '../global-setup.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '2000' },
    keep: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
process.env[DIST_VARIABLE] ??= join(import.meta.dirname, '../..');
const { tableOf } = await import('./table.ts');
const { torture } = await import('./torture.ts');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`seed ${values.seed}`);
const report = await torture({
  seed: Number(values.seed),
  kills: Number(values.kills),
  keep: values.keep,
  say,
});
say(tableOf(report));
for (const defect of report.defects) say(`DEFECT ${defect}`);
process.exit(report.defects.length === 0 ? 0 : 1);
