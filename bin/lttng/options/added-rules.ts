/** The rules that a command line of `lttng add-event` describes. */
import type { Selection } from '../../../src/wire/control/event-rules.ts';
import type { Target } from '../../control/api/session.ts';
import { type Given, partsOf } from '../table/declare.ts';
import type { ADD_EVENT } from '../table/events.ts';
import { checkChannelName } from './channel.ts';
import { patternsOf, selectionFrom, targetOf } from './rule.ts';

interface AddedRules {
  readonly channel: string | undefined;
  readonly patterns: readonly string[];
  readonly selection: Selection;
  readonly target: Target;
}

/** Throws a usage failure when one is not valid. */
export function rulesOf(
  options: Given<typeof ADD_EVENT>,
  text?: string,
  process?: string,
): AddedRules {
  const names = text === undefined ? [] : partsOf(text);
  const target = targetOf(options, process);
  const isEverything = names.length === 0 && options.all === true;
  const patterns = patternsOf(isEverything ? ['*'] : names, options);
  const { channel } = options;
  if (channel !== undefined) checkChannelName(channel);
  return { channel, patterns, selection: selectionFrom(patterns, options), target };
}
