/** `lttng add-event`: records the events that match (R2.8). */
import type { Command } from 'commander';
import { safe } from '../../terminal/output.ts';
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
    .summary('record events')
    .description(
      'Records the events that match, from now on when the session is started. Quote names with "*", which stands\n' +
        'for anything; \\* and \\, stand for themselves.',
    )
    .argument('[name[,name]...]', 'names of events', appendList)
    .option(...SESSION_OPTION)
    .option('-c, --channel <name>', 'the channel (default: "default", which is made)')
    .option('--loglevel <level>', 'this severe or more: EMERG, ERR, INFO, DEBUG, …', parseLogLevel);
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
      const events = patterns.map(safe).join(', ');
      cli.output.tell(`Enabled ${events} of ${targetText(target)} in ${called(session)}`);
      const warning = warningOf(options);
      if (warning !== undefined) cli.output.note(warning);
    },
  );
}
