/** `lttng-sim charts`: writes the state charts of every actor. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { chartFiles } from '../../sim/charts.ts';
import { count } from '../cli/output.ts';
import type { Cli } from './common.ts';

export function addCharts(program: Command, cliOf: () => Cli): void {
  program
    .command('charts')
    .description('Write the state charts of every actor, drawn from its machine')
    .argument('<directory>', 'where')
    .action((directory: string) => {
      mkdirSync(directory, { recursive: true });
      const files = chartFiles();
      for (const [name, text] of files) writeFileSync(join(directory, name), text);
      cliOf().output.note(`${count(files.size, 'file')} in ${directory}`);
    });
}
