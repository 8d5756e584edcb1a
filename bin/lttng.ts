#!/usr/bin/env node
/** `lttng`: the command line (RFC 0002). Commands live in `commands/`, one file each. */
import { Command } from 'commander';
import { VERSION_TEXT } from '../src/base/version.ts';
import { addAddChannel } from './lttng/commands/add-channel.ts';
import { addAddEvent } from './lttng/commands/add-event.ts';
import { addConsume } from './lttng/commands/consume.ts';
import { addCreate } from './lttng/commands/create.ts';
import { addDestroy } from './lttng/commands/destroy.ts';
import { addDisableEvent } from './lttng/commands/disable-event.ts';
import { addHelp, EXAMPLES } from './lttng/commands/help.ts';
import { addList } from './lttng/commands/list.ts';
import { addRecord } from './lttng/commands/record.ts';
import { addRecover } from './lttng/commands/recover.ts';
import { addRun } from './lttng/commands/run.ts';
import { addSnapshot } from './lttng/commands/snapshot.ts';
import { addStart } from './lttng/commands/start.ts';
import { addStatus } from './lttng/commands/status.ts';
import { addStop } from './lttng/commands/stop.ts';
import { addVersion } from './lttng/commands/version.ts';
import { addView } from './lttng/commands/view.ts';
import { createCli } from './lttng/context.ts';
import { withNewSpellings } from './lttng/options/channel.ts';
import { addGlobalOptions, globalOptionsOf } from './lttng/options/global.ts';
import { runProgram } from './lttng/program.ts';

/** In the order of the help. */
const GROUPS = [
  ['Record and view:', [addRecord, addView]],
  [
    'Sessions:',
    [addCreate, addStart, addStop, addDestroy, addRun, addSnapshot, addConsume, addRecover],
  ],
  ['Events and channels:', [addAddEvent, addDisableEvent, addAddChannel]],
  ['Information:', [addList, addStatus, addVersion, addHelp]],
] as const;

const program = new Command('lttng')
  .description(
    'Traces Node.js programs in production: controls recording sessions, shows their traces.',
  )
  .usage('[options] COMMAND [options]')
  .version(VERSION_TEXT, '-V, --version', 'show the version of this package')
  .option('--list-commands', 'list the names of all commands')
  .helpOption('-h, --help', 'show help')
  .helpCommand(false)
  .enablePositionalOptions()
  .addHelpText('after', EXAMPLES);
addGlobalOptions(program, false);

await runProgram(program, {
  words: withNewSpellings(process.argv.slice(2)),
  makeCli: (command) => createCli(globalOptionsOf(program, command)),
  addCommands: (cliOf) => {
    for (const [heading, commands] of GROUPS) {
      program.commandsGroup(heading);
      for (const add of commands) add(program, cliOf);
    }
    for (const command of program.commands) addGlobalOptions(command, true);
  },
});
