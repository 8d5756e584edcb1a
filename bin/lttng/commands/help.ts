/** `lttng help`: describes a command, lttng itself, the exit statuses (R2.1). */
import type { Command } from 'commander';
import { folded } from '../../terminal/help-text.ts';
import { table } from '../../terminal/output.ts';
import type { CliOf } from '../context.ts';
import { EXIT, EXIT_MEANINGS, usageFailure } from '../failure.ts';

const EXIT_CODES = 'exit-codes';

/** Below the commands in the help of `lttng`. */
export const EXAMPLES = `
Examples:
  lttng record -- node app.js                   trace a program from its start to its end
  lttng view                                    show the newest trace
  lttng record --on-crash -- node app.js        write a trace only if it fails

  lttng create web && cd ~/lttng-traces/web     create a session and enter its directory
  lttng add-event 'shop:*' --loglevel INFO      choose events
  lttng start && lttng run -- node app.js       record this and all running programs
  lttng stop && lttng view
  lttng destroy

"lttng help COMMAND" describes a command, "lttng help ${EXIT_CODES}" lists the exit statuses.
Environment: LTTNG_HOME (instead of HOME), NO_COLOR.
`;

export function addHelp(program: Command, cliOf: CliOf): void {
  program
    .command('help')
    .summary('describe a command')
    .description(`Describes a command, or the topic ${EXIT_CODES}.`)
    .argument('[command]', 'name of a command, or of a topic')
    .action((topic: string | undefined, _options: object, command: Command) => {
      if (topic === undefined) program.outputHelp();
      else if (topic === EXIT_CODES) showExitCodes(cliOf(command).output.line);
      else helpOf(program, topic).outputHelp();
    });
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
