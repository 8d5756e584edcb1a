/** `lttng disable-event`: disables event rules (R2.8). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { checkChannelName } from '../options/channel.ts';
import { addDomainOptions } from '../options/domain.ts';
import { appendList } from '../options/global.ts';
import {
  addTargetOptions,
  addTypeOptions,
  isTargeted,
  patternsOf,
  type TargetOptions,
  type TypeOptions,
  targetOf,
} from '../options/rule.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

interface DisableEventOptions extends TargetOptions, TypeOptions {
  readonly session?: string;
  readonly channel?: string;
}

export function addDisableEvent(program: Command, cliOf: CliOf): void {
  const command = program
    .command('disable-event')
    .summary('disable events')
    .description(
      'Disables event rules. Their names must be spelled exactly as they were for add-event. Without a target, rules ' +
        'of every target are disabled.',
    )
    .argument('<name[,name...]>', 'names of events, as given to add-event')
    .argument('[command]', 'only rules for this command')
    .option(...SESSION_OPTION)
    .option('-c, --channel <name>', 'the channel (default: "default")');
  addDomainOptions(addTargetOptions(addTypeOptions(command))).action(
    async (names: string, process: string | undefined, options: DisableEventOptions) => {
      const target = targetOf(options, process);
      const patterns = patternsOf(appendList(names), options);
      if (options.channel !== undefined) checkChannelName(options.channel);
      const cli = cliOf(command);
      const session = await requestFor(cli, namedSession(undefined, options.session), (key) => ({
        op: 'event.disable',
        session: key,
        ...(options.channel === undefined ? {} : { channel: options.channel }),
        patterns: [...patterns],
        ...(isTargeted(options, process) ? { target } : {}),
      }));
      cli.output.value({ session });
      cli.output.tell(`Disabled ${patterns.join(', ')} in ${called(session)}`);
    },
  );
}
