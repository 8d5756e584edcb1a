/** `lttng config`: the settings of a channel, as a target has them (R2.7). */
import type { ChannelConfig } from '../../control/api/results.ts';
import type { Target } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { bufferLines, channelHeading, contextLines, schemeLines, targetText } from '../describe.ts';
import { checkChannelName } from '../options/channel.ts';
import { targetOf } from '../options/rule.ts';
import { namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { CONFIG } from '../table/events.ts';

export async function config(
  cli: Cli,
  options: Given<typeof CONFIG>,
  process?: string,
): Promise<void> {
  const target = targetOf(options, process);
  if (options.channel !== undefined) checkChannelName(options.channel);
  const channels = await cli.control.config(namedSession(undefined, options.session), {
    channel: options.channel,
    target,
  });
  show(cli, channels, target);
}

function show({ output }: Cli, channels: readonly ChannelConfig[], target: Target): void {
  output.value({
    channels: channels.map(({ settings, contexts }) => ({
      ...settings,
      ...(contexts === undefined ? {} : { contexts }),
    })),
  });
  if (channels.length === 0) output.line('No channel yet: "lttng add-event" creates one.');
  for (const channel of channels) {
    output.line(`${channelHeading(output, channel)}, ${targetText(target)}`);
    const { settings } = channel;
    const lines = [...bufferLines(settings), ...schemeLines(settings), ...contextLines(channel)];
    for (const line of lines) output.line(line);
  }
}
