/** `lttng disable-event`: disables event rules (R2.8). */
import type { Cli } from '../context.ts';
import { checkChannelName } from '../options/channel.ts';
import { isTargeted, patternsOf, targetOf } from '../options/rule.ts';
import { called, namedSession } from '../sessions.ts';
import { type Given, partsOf } from '../table/declare.ts';
import type { DISABLE_EVENT } from '../table/events.ts';

export async function disableEvent(
  cli: Cli,
  options: Given<typeof DISABLE_EVENT>,
  names: string,
  process?: string,
): Promise<void> {
  const target = targetOf(options, process);
  const patterns = patternsOf(partsOf(names), options);
  if (options.channel !== undefined) checkChannelName(options.channel);
  const session = await cli.control.disableEvent(
    namedSession(undefined, options.session),
    patterns,
    { channel: options.channel, ...(isTargeted(options, process) ? { target } : {}) },
  );
  cli.output.value({ session });
  cli.output.tell(`Disabled ${patterns.join(', ')} in ${called(session)}`);
}
