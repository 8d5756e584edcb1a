/** The rules that a command line of `lttng add-event` describes. */
import type { EventRule } from '../../../src/wire/common.ts';
import type { Selection } from '../../../src/wire/control/event-rules.ts';
import type { EventOptions } from '../../control/api/options.ts';
import type { Target } from '../../control/api/session.ts';
import { usageFailure } from '../failure.ts';
import { LOG_LEVEL_ALL } from '../log-levels.ts';
import { type Given, partsOf } from '../table/declare.ts';
import type { ADD_EVENT } from '../table/events.ts';
import { checkChannelName } from './channel.ts';
import { checkOfKernel, type Domain, domainOf } from './domain.ts';
import { checkPatterns, kernelKindOf, patternsOf, selectionFrom, targetOf } from './rule.ts';

interface AddedRules {
  readonly domain: Domain;
  readonly channel: string | undefined;
  readonly patterns: readonly string[];
  readonly selection: Selection;
  readonly target: Target;
  /** Of kernel events. */
  readonly kind?: NonNullable<EventOptions['kind']>;
}

type Options = Given<typeof ADD_EVENT>;

/** Throws a usage failure when one is not valid. */
export function rulesOf(options: Options, text?: string, process?: string): AddedRules {
  const names = text === undefined ? [] : partsOf(text);
  const { channel } = options;
  if (channel !== undefined) checkChannelName(channel);
  if (domainOf(options) === 'kernel') return kernelRulesOf(options, names, process);
  const target = targetOf(options, process);
  const isEverything = names.length === 0 && options.all === true;
  const patterns = patternsOf(isEverything ? ['*'] : names, options);
  const selection = selectionFrom(patterns, options);
  return { domain: undefined, channel, patterns, selection, target };
}

/** The kernel evaluates the filter, in a language of its own. */
function kernelRulesOf(
  options: Options,
  names: readonly string[],
  process: string | undefined,
): AddedRules {
  const { channel, all, pid, command = process, loglevel, loglevelOnly, exclude, filter } = options;
  checkOfKernel({
    '--pid': pid,
    'The name of a command': command,
    '--loglevel': loglevel,
    '--loglevel-only': loglevelOnly,
    '--exclude': exclude,
  });
  if (all === true && names.length > 0) throw usageFailure('Name events or use --all, not both');
  const patterns = checkPatterns(all === true ? ['*'] : names);
  const kind = kernelKindOf(options) ?? (all === true ? 'all' : 'tracepoint');
  const selection = { logLevelMax: LOG_LEVEL_ALL, ...(filter === undefined ? {} : { filter }) };
  return { domain: 'kernel', channel, patterns, selection, target: { kind: 'all' }, kind };
}

/** The rules as a session has them. */
export function rulesIn({ patterns, selection, target, kind }: AddedRules): readonly EventRule[] {
  const kinds = kind === 'all' ? (['tracepoint', 'syscall'] as const) : [kind];
  return kinds.flatMap((of) =>
    patterns.map((pattern) => ({
      pattern,
      ...selection,
      // Registries leave out that of tracepoints.
      ...(of === 'syscall' ? { kind: of } : {}),
      target,
      enabled: true,
    })),
  );
}
