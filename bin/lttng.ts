#!/usr/bin/env node
/** `lttng`: the command line (RFC 0002). Commands live in `commands/`, one file each. */
import { Command } from 'commander';
import { VERSION_TEXT } from '../actors/programs/version.ts';
import { withNewSpellings } from './cli/channel.ts';
import { runProgram } from './cli/main.ts';
import { addGlobalOptions } from './cli/options.ts';
import { addAddChannel } from './commands/add-channel.ts';
import { addAddEvent } from './commands/add-event.ts';
import { addConsume } from './commands/consume.ts';
import { addCreate } from './commands/create.ts';
import { addDestroy } from './commands/destroy.ts';
import { addDisableEvent } from './commands/disable-event.ts';
import { addHelp, EXAMPLES } from './commands/help.ts';
import { addList } from './commands/list.ts';
import { addRecord } from './commands/record.ts';
import { addRecover } from './commands/recover.ts';
import { addRun } from './commands/run.ts';
import { addSnapshot } from './commands/snapshot.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addStop } from './commands/stop.ts';
import { addVersion } from './commands/version.ts';
import { addView } from './commands/view.ts';

/** In the order of the help. */
const GROUPS = [
  ['In one go:', [addRecord, addView]],
  [
    'Sessions:',
    [addCreate, addStart, addStop, addDestroy, addRun, addSnapshot, addConsume, addRecover],
  ],
  ['What is recorded:', [addAddEvent, addDisableEvent, addAddChannel]],
  ['What there is:', [addList, addStatus, addVersion, addHelp]],
] as const;

const program = new Command('lttng')
  .description('Traces Node.js programs in production: sessions, events, traces.')
  .usage('[options] COMMAND [options]')
  .version(VERSION_TEXT, '-V, --version', 'show the version of this package')
  .option('--list-commands', 'list the names of all commands')
  .helpOption('-h, --help', 'tell more of a command')
  .helpCommand(false)
  .enablePositionalOptions()
  .addHelpText('after', EXAMPLES);
addGlobalOptions(program, false);

await runProgram(program, withNewSpellings(process.argv.slice(2)), (cliOf) => {
  for (const [heading, commands] of GROUPS) {
    program.commandsGroup(heading);
    for (const add of commands) add(program, cliOf);
  }
});
