#!/usr/bin/env node
/** `lttng`: the command line (RFC 0002). Commands live in `commands/`, one file each. */
import { Command, CommanderError, Option } from 'commander';
import { DEFAULT_GROUP } from '../actors/programs/places.ts';
import { VERSION_TEXT } from '../actors/programs/version.ts';
import { type Cli, createCli, type GlobalOptions } from './cli/cli.ts';
import { CliFailure, EXIT } from './cli/failure.ts';
import { addRecord } from './commands/record.ts';

const program = new Command('lttng')
  .description('Trace Node.js programs in production: sessions, events, traces.')
  .version(VERSION_TEXT, '-V, --version')
  .option('-v, --verbose', 'tell more; twice for everything', (_, level: number) => level + 1, 0)
  .option('-q, --quiet', 'tell nothing but results', false)
  .option('--group <name>', 'group that may use a global registry', DEFAULT_GROUP)
  .option('--no-sessiond', 'do not start a registry when none answers')
  .option('--sessiond-path <path>', 'registry program to start')
  .addOption(
    new Option('--output-format <format>', 'for people or for programs')
      .choices(['text', 'json'])
      .default('text'),
  )
  .enablePositionalOptions()
  .showSuggestionAfterError()
  .exitOverride();

let cli: Cli | undefined;
const cliOf = (): Cli => (cli ??= createCli(program.opts<GlobalOptions>()));

addRecord(program, cliOf);

try {
  await program.parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : EXIT.usage;
  else if (thrown instanceof CliFailure) {
    cliOf().output.error(thrown.code, thrown.message);
    process.exitCode = thrown.exitStatus;
  } else throw thrown;
}
