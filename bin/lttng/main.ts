/** The main of `lttng`, the command line (RFC 0002). Commands live in `commands/`, one file each. */
import { Command } from 'commander';
import { VERSION_TEXT } from '../../src/base/version.ts';
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
import { createCli } from './context.ts';
import { withNewSpellings } from './options/channel.ts';
import { addGlobalOptions, globalOptionsOf } from './options/global.ts';
import { runProgram } from './program.ts';

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

export async function main(): Promise<void> {
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
}
