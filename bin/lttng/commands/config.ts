/** `lttng config`: the settings of a channel, as a target has them (R2.7). */
import type { Target } from '../../../src/wire/common.ts';
import { targetKey } from '../../../src/wire/control/event-rules.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { Cli } from '../context.ts';
import {
  bufferLines,
  type ChannelInfo,
  channelHeading,
  contextLines,
  targetText,
} from '../describe.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { checkChannelName } from '../options/channel.ts';
import { targetOf } from '../options/rule.ts';
import { called, namedSession, requestFor } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { CONFIG } from '../table/events.ts';

export async function config(
  cli: Cli,
  options: Given<typeof CONFIG>,
  process?: string,
): Promise<void> {
  const target = targetOf(options, process);
  if (options.channel !== undefined) checkChannelName(options.channel);
  const session = await requestFor(cli, namedSession(undefined, options.session), (key) => ({
    op: 'session.get',
    session: key,
  }));
  show(cli, channelsOf(session, options.channel), target);
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
