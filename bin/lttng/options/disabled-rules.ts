/** The rules that a command line of `lttng disable-event` names. */
import type { DisableOptions } from '../../control/api/options.ts';
import { type Given, partsOf } from '../table/declare.ts';
import type { DISABLE_EVENT } from '../table/events.ts';
import { checkOfKernel, domainOf } from './domain.ts';
import { checkPatterns, isTargeted, kernelKindOf, patternsOf, targetOf } from './rule.ts';

interface DisabledRules extends DisableOptions {
  readonly patterns: readonly string[];
}

/** Throws a usage failure when one is not valid. */
export function disabledRules(
  options: Given<typeof DISABLE_EVENT>,
  names: string,
  process?: string,
): DisabledRules {
  if (domainOf(options) === undefined) {
    const target = targetOf(options, process);
    const patterns = patternsOf(partsOf(names), options);
    return { patterns, ...(isTargeted(options, process) ? { target } : {}) };
  }
  checkOfKernel({ '--pid': options.pid, 'The name of a command': options.command ?? process });
  const kind = kernelKindOf(options);
  return { patterns: checkPatterns(partsOf(names)), domain: 'kernel', kind };
}
