/** The main of `lttng`, the command line (RFC 0002). Each command has its file beside this one. */
import { Command } from 'commander';
import { VERSION_TEXT } from '../../../src/base/version.ts';
import { createCli } from '../context.ts';
import { withNewSpellings } from '../options/channel.ts';
import { addGlobalOptions, globalOptionsOf } from '../options/global.ts';
import { withLivePeriods } from '../options/live.ts';
import { runProgram } from '../program.ts';
import { addAddChannel } from './add-channel.ts';
import { addAddContext } from './add-context.ts';
import { addAddEvent } from './add-event.ts';
import { addConfig } from './config.ts';
import { addConsume } from './consume.ts';
import { addCreate } from './create.ts';
import { addDestroy } from './destroy.ts';
import { addDisableChannel } from './disable-channel.ts';
import { addDisableConsumer } from './disable-consumer.ts';
import { addDisableEvent } from './disable-event.ts';
import { addEnableConsumer } from './enable-consumer.ts';
import { addHelp, EXAMPLES } from './help.ts';
import { addList } from './list.ts';
import { addPause } from './pause.ts';
import { addRecord } from './record.ts';
import { addRecover } from './recover.ts';
import { addRun } from './run.ts';
import { addSnapshot } from './snapshot.ts';
import { addStart } from './start.ts';
import { addStatus } from './status.ts';
import { addStop } from './stop.ts';
import { addVersion } from './version.ts';
import { addView } from './view.ts';

/** In the order of the help. */
const GROUPS = [
  ['Record and view:', [addRecord, addView]],
  [
    'Sessions:',
    [
      addCreate,
      addStart,
      addPause,
      addStop,
      addDestroy,
      addRun,
      addSnapshot,
      addConsume,
      addRecover,
    ],
  ],
  ['Relay:', [addEnableConsumer, addDisableConsumer]],
  [
    'Events and channels:',
    [addAddEvent, addDisableEvent, addAddContext, addAddChannel, addDisableChannel, addConfig],
  ],
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
    words: withLivePeriods(withNewSpellings(process.argv.slice(2))),
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
