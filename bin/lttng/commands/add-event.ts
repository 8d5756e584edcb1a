/** `lttng add-event`: adds event rules to a session (R2.8). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { targetText } from '../describe.ts';
import { LOG_LEVEL_ALL, parseLogLevel } from '../log-levels.ts';
import { checkChannelName } from '../options/channel.ts';
import { addDomainOptions } from '../options/domain.ts';
import { appendList } from '../options/global.ts';
import {
  addTargetOptions,
  checkPatterns,
  type TargetOptions,
  targetOf,
  warningOf,
} from '../options/rule.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

interface AddEventOptions extends TargetOptions {
  readonly session?: string;
  readonly channel?: string;
  readonly loglevel?: number;
}

export function addAddEvent(program: Command, cliOf: CliOf): void {
  const command = program
    .command('add-event')
    .alias('enable-event')
    .summary('enable events')
    .description(
      'Adds event rules to a session. An active session records matching events from now on. "*" in a name matches ' +
        'any text: quote such a name for the shell. \\* and \\, match the characters themselves.',
    )
    .argument('[name[,name]...]', 'names of events', appendList)
    .option(...SESSION_OPTION)
    .option('-c, --channel <name>', 'the channel (default: "default", created if missing)')
    .option('--loglevel <level>', 'least severe level: EMERG, ERR, INFO, DEBUG, …', parseLogLevel);
  addDomainOptions(addTargetOptions(command)).action(
    async (names: readonly string[], options: AddEventOptions) => {
      const target = targetOf(options);
      const isEverything = names.length === 0 && options.all === true;
      const patterns = isEverything ? ['*'] : checkPatterns(names);
      if (options.channel !== undefined) checkChannelName(options.channel);
      const cli = cliOf(command);
      const session = await requestFor(cli, namedSession(undefined, options.session), (key) => ({
        op: 'event.enable',
        session: key,
        ...(options.channel === undefined ? {} : { channel: options.channel }),
        patterns: [...patterns],
        logLevelMax: options.loglevel ?? LOG_LEVEL_ALL,
        target,
      }));
      cli.output.value({ session });
      const events = patterns.join(', ');
      cli.output.tell(`Enabled ${events} for ${targetText(target)} in ${called(session)}`);
      const warning = warningOf(options);
      if (warning !== undefined) cli.output.note(warning);
    },
  );
}
