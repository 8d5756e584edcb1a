/** `lttng disable-channel`: nothing is recorded into channels until they are enabled again (R2.6). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { channelNames } from '../options/channel.ts';
import { addDomainOptions } from '../options/domain.ts';
import { appendList } from '../options/global.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

export function addDisableChannel(program: Command, cliOf: CliOf): void {
  const command = program
    .command('disable-channel')
    .summary('disable channels')
    .description(
      'Records nothing into channels of a session, whatever their rules are. "lttng enable-channel NAME" enables one ' +
        'again, with its rules and settings.',
    )
    .argument('<name[,name...]>', 'names of channels')
    .option(...SESSION_OPTION);
  addDomainOptions(command).action(async (names: string, options: { session?: string }) => {
    const channels = channelNames(appendList(names));
    const cli = cliOf(command);
    const session = await requestFor(cli, namedSession(undefined, options.session), (key) => ({
      op: 'channel.disable',
      session: key,
      channels: [...channels],
    }));
    cli.output.value({ session });
    cli.output.tell(`Disabled channel ${channels.join(', ')} in ${called(session)}`);
  });
}
