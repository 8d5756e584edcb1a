/** `lttng disable-event`: disables event rules (R2.8). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { checkChannelName } from '../options/channel.ts';
import { addDomainOptions } from '../options/domain.ts';
import { appendList } from '../options/global.ts';
import { addTypeOptions, patternsOf, type TypeOptions } from '../options/rule.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

interface DisableEventOptions extends TypeOptions {
  readonly session?: string;
  readonly channel?: string;
}

export function addDisableEvent(program: Command, cliOf: CliOf): void {
  const command = program
    .command('disable-event')
    .summary('disable events')
    .description(
      'Disables event rules. Their names must be spelled exactly as they were for add-event.',
    )
    .argument('<name[,name]...>', 'names of events, as given to add-event', appendList)
    .option(...SESSION_OPTION)
    .option('-c, --channel <name>', 'the channel (default: "default")');
  addDomainOptions(addTypeOptions(command)).action(
    async (names: readonly string[], options: DisableEventOptions) => {
      const patterns = patternsOf(names, options);
      if (options.channel !== undefined) checkChannelName(options.channel);
      const cli = cliOf(command);
      const session = await requestFor(cli, namedSession(undefined, options.session), (key) => ({
        op: 'event.disable',
        session: key,
        ...(options.channel === undefined ? {} : { channel: options.channel }),
        patterns: [...patterns],
      }));
      cli.output.value({ session });
      cli.output.tell(`Disabled ${patterns.join(', ')} in ${called(session)}`);
    },
  );
}
