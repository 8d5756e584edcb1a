/** `lttng config`: the settings of a channel, as a target has them (R2.7). */
import type { ChannelConfig } from '../../control/api/results.ts';
import type { Cli } from '../context.ts';
import { bufferLines, channelHeading, contextLines, schemeLines, targetText } from '../describe.ts';
import { checkChannelName } from '../options/channel.ts';
import { checkOfKernel, domainOf } from '../options/domain.ts';
import { targetOf } from '../options/rule.ts';
import { namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { CONFIG } from '../table/events.ts';

export async function config(
  cli: Cli,
  options: Given<typeof CONFIG>,
  process?: string,
): Promise<void> {
  const domain = domainOf(options);
  if (domain === 'kernel') {
    checkOfKernel({ '--pid': options.pid, 'The name of a command': options.command ?? process });
  }
  const target = targetOf(options, process);
  if (options.channel !== undefined) checkChannelName(options.channel);
  const channels = await cli.control.config(namedSession(undefined, options.session), {
    channel: options.channel,
    ...(domain === undefined ? { target } : { domain }),
  });
  show(cli, channels, domain === undefined ? targetText(target) : 'each CPU');
}

function show({ output }: Cli, channels: readonly ChannelConfig[], whose: string): void {
  output.value({
    channels: channels.map(({ settings, contexts }) => ({
      ...settings,
      ...(contexts === undefined ? {} : { contexts }),
    })),
  });
  if (channels.length === 0) output.line('No channel yet: "lttng add-event" creates one.');
  for (const channel of channels) {
    output.line(`${channelHeading(output, channel)}, ${whose}`);
    const { settings } = channel;
    const lines = [...bufferLines(settings), ...schemeLines(settings), ...contextLines(channel)];
    for (const line of lines) output.line(line);
  }
}
