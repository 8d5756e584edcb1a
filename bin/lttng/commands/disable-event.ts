/** `lttng disable-event`: disables event rules (R2.8). */
import type { DisableOptions } from '../../control/api/options.ts';
import type { Cli } from '../context.ts';
import { checkChannelName } from '../options/channel.ts';
import { checkOfKernel, domainOf } from '../options/domain.ts';
import { checkPatterns, isTargeted, kernelKindOf, patternsOf, targetOf } from '../options/rule.ts';
import { called, namedSession } from '../sessions.ts';
import { type Given, partsOf } from '../table/declare.ts';
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

function disabledRules(
  options: Given<typeof DISABLE_EVENT>,
  names: string,
  process: string | undefined,
): DisableOptions & { readonly patterns: readonly string[] } {
  if (domainOf(options) === undefined) {
    const target = targetOf(options, process);
    const patterns = patternsOf(partsOf(names), options);
    return { patterns, ...(isTargeted(options, process) ? { target } : {}) };
  }
  checkOfKernel({ '--pid': options.pid, 'The name of a command': options.command ?? process });
  const kind = kernelKindOf(options);
  return { patterns: checkPatterns(partsOf(names)), domain: 'kernel', kind };
}
