/** `lttng disable-event`: disables event rules (R2.8). */
import type { Cli } from '../context.ts';
import { checkChannelName } from '../options/channel.ts';
import { disabledRules } from '../options/disabled-rules.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { DISABLE_EVENT } from '../table/events.ts';

export async function disableEvent(
  cli: Cli,
  options: Given<typeof DISABLE_EVENT>,
  names: string,
  process?: string,
): Promise<void> {
  const { patterns, ...rules } = disabledRules(options, names, process);
  if (options.channel !== undefined) checkChannelName(options.channel);
  const session = await cli.control.disableEvent(
    namedSession(undefined, options.session),
    patterns,
    { channel: options.channel, ...rules },
  );
  cli.output.value({ session });
  const what = rules.domain === 'kernel' ? 'kernel events ' : '';
  cli.output.tell(`Disabled ${what}${patterns.join(', ')} in ${called(session)}`);
}
