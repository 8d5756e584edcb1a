/** `lttng-sim charts`: writes the state charts of every actor. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { count } from '../terminal/output.ts';
import { type Cli, isWritten } from './common.ts';
import { chartFiles } from './state-charts.ts';

export function addCharts(program: Command, cliOf: () => Cli): void {
  program
    .command('charts')
    .description('Write the state charts of every actor, drawn from its machine')
    .argument('<directory>', 'directory of the charts')
    .action((directory: string) => {
      const cli = cliOf();
      const files = chartFiles();
      const write = (): void => {
        mkdirSync(directory, { recursive: true });
        for (const [name, text] of files) writeFileSync(join(directory, name), text);
      };
      if (isWritten(cli, directory, write))
        cli.output.note(`${count(files.size, 'file')} in ${directory}`);
    });
}
