/** `lttng add-channel`: a set of buffers with settings of its own (R2.6). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { addChannelOptions, type ChannelOptions, channelOf } from '../options/channel.ts';
import { addDomainOptions } from '../options/domain.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

export function addAddChannel(program: Command, cliOf: CliOf): void {
  const command = program
    .command('add-channel')
    .alias('enable-channel')
    .summary('add a channel with buffers of its own')
    .description(
      'Adds a channel to a session: one ring buffer for each traced thread, with these settings.',
    )
    .argument('<name>', 'name of the channel')
    .option(...SESSION_OPTION);
  addDomainOptions(addChannelOptions(command)).action(
    async (name: string, options: ChannelOptions & { session?: string }) => {
      const cli = cliOf(command);
      const channel = channelOf(name, options);
      const session = await requestFor(cli, namedSession(undefined, options.session), (key) => ({
        op: 'channel.add',
        session: key,
        channel,
      }));
      cli.output.value({ session });
      cli.output.tell(`Added channel ${name} to ${called(session)}`);
    },
  );
}
