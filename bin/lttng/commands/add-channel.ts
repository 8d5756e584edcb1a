/** `lttng add-channel`: channels, or buffers of a channel for some applications (R2.6). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { targetText } from '../describe.ts';
import {
  addChannelOptions,
  type ChannelOptions,
  channelNames,
  channelOf,
  hasChannelOptions,
} from '../options/channel.ts';
import { addDomainOptions } from '../options/domain.ts';
import { appendList } from '../options/global.ts';
import { addTargetOptions, type TargetOptions, targetOf, warningOf } from '../options/rule.ts';
import { called, namedSession, requestsFor, SESSION_OPTION } from '../sessions.ts';

interface AddChannelOptions extends ChannelOptions, TargetOptions {
  readonly session?: string;
}

export function addAddChannel(program: Command, cliOf: CliOf): void {
  const command = program
    .command('add-channel')
    .alias('enable-channel')
    .summary('add channels with buffers of their own')
    .description(
      'Adds channels to a session: one ring buffer for each traced thread, with these settings. With --pid or the ' +
        'name of a command, its processes get buffers with these settings from now on, and others those of the ' +
        'channel. Without options, a channel that is disabled is enabled again.',
    )
    .argument('<name[,name...]>', 'names of channels')
    .argument('[command]', 'settings for every process with this name')
    .option(...SESSION_OPTION);
  addDomainOptions(addTargetOptions(addChannelOptions(command))).action(
    async (names: string, process: string | undefined, options: AddChannelOptions) => {
      const target = targetOf(options, process);
      const channels = channelNames(appendList(names)).map((name) => channelOf(name, options));
      const orEnable = !hasChannelOptions(options) && target.kind === 'all';
      const cli = cliOf(command);
      const session = await requestsFor(cli, namedSession(undefined, options.session), (key) =>
        channels.map((channel) => ({
          op: 'channel.add',
          session: key,
          channel,
          target,
          ...(orEnable ? { orEnable } : {}),
        })),
      );
      cli.output.value({ session });
      const added = channels.map(({ name }) => name).join(', ');
      const where = target.kind === 'all' ? '' : ` for ${targetText(target)}`;
      cli.output.tell(`Enabled channel ${added}${where} in ${called(session)}`);
      const warning = warningOf(options, target);
      if (warning !== undefined) cli.output.note(warning);
    },
  );
}
