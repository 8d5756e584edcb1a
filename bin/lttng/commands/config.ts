/** `lttng config`: the settings of a channel, as a target has them (R2.7). */
import type { Command } from 'commander';
import type { Target } from '../../../src/wire/common.ts';
import { targetKey } from '../../../src/wire/control/event-rules.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { Cli, CliOf } from '../context.ts';
import {
  bufferLines,
  type ChannelInfo,
  channelHeading,
  contextLines,
  targetText,
} from '../describe.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { checkChannelName } from '../options/channel.ts';
import { addDomainOptions } from '../options/domain.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../options/rule.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

interface ConfigOptions extends TargetOptions {
  readonly session?: string;
  readonly channel?: string;
}

export function addConfig(program: Command, cliOf: CliOf): void {
  const command = program
    .command('config')
    .summary('show the settings of channels')
    .description(
      'Shows the settings of a channel, or of all channels of a session: those that a process, or every process of a ' +
        'command, gets with its next buffers.',
    )
    .argument('[command]', 'as every process with this name has them')
    .option(...SESSION_OPTION)
    .option('-c, --channel <name>', 'the channel (default: all)');
  addDomainOptions(addTargetOptions(command)).action(
    async (process: string | undefined, options: ConfigOptions) => {
      const target = targetOf(options, process);
      if (options.channel !== undefined) checkChannelName(options.channel);
      const cli = cliOf(command);
      const session = await requestFor(cli, namedSession(undefined, options.session), (key) => ({
        op: 'session.get',
        session: key,
      }));
      const channels = channelsOf(session, options.channel);
      show(cli, channels, target);
    },
  );
}

function channelsOf(session: SessionInfo, name: string | undefined): readonly ChannelInfo[] {
  const { channels } = session;
  const found = channels.filter(({ settings }) => name === undefined || settings.name === name);
  if (found.length > 0 || name === undefined) return found;
  const reason = `There is no channel "${name}" in ${called(session)}`;
  throw new CliFailure('NO_CHANNEL', reason, EXIT.refused);
}

function show({ output }: Cli, channels: readonly ChannelInfo[], target: Target): void {
  const shown = channels.map((channel) => {
    const own = channel.targets?.find((other) => targetKey(other.target) === targetKey(target));
    const { name, ...buffers } = channel.settings;
    const { contexts } = channel;
    const carried = contexts === undefined ? {} : { contexts };
    return { channel, settings: { name, ...(own?.buffers ?? buffers) }, carried };
  });
  output.value({ channels: shown.map(({ settings, carried }) => ({ ...settings, ...carried })) });
  if (shown.length === 0) output.line('No channel yet: "lttng add-event" creates one.');
  for (const { channel, settings } of shown) {
    output.line(`${channelHeading(output, channel)}, ${targetText(target)}`);
    for (const line of [...bufferLines(settings), ...contextLines(channel)]) output.line(line);
  }
}
