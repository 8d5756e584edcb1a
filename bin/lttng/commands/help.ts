/** `lttng help`: describes a command, lttng itself, the exit statuses (R2.1). */
import type { Command } from 'commander';
import { folded } from '../../terminal/help-text.ts';
import { table } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import { EXIT, EXIT_MEANINGS, usageFailure } from '../failure.ts';
import { EXIT_CODES } from '../table/information.ts';

export function help({ program, output }: Cli, _options: object, topic?: string): void {
  if (topic === undefined) program.outputHelp();
  else if (topic === EXIT_CODES) showExitCodes(output.line);
  else helpOf(program, topic).outputHelp();
}

function helpOf(program: Command, topic: string): Command {
  const found = program.commands.find(
    (command) => command.name() === topic || command.aliases().includes(topic),
  );
  if (found !== undefined) return found;
  throw usageFailure(`There is no command "${topic}"; "lttng --list-commands" lists them`);
}

function showExitCodes(line: (text: string) => void): void {
  const rows = Object.entries(EXIT_MEANINGS).map(([name, meaning]) => [
    String(EXIT[name as keyof typeof EXIT]),
    meaning,
  ]);
  const lines = [
    'Exit statuses of lttng; run and record return the status of their command:',
    ...table(rows, new Set([0])).map((row) => `  ${row}`),
  ];
  for (const text of lines) folded(text, process.stdout.columns).split('\n').forEach(line);
}
