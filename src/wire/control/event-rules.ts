/** Event rules of sessions: what a rule must not say, when two rules are one, and what events carry by them. */
import { hasWildcard, matchesGlob } from '../../base/glob.ts';
import type { EventSelection } from '../../event/rule.ts';
import { parseFilter } from '../../filter/parse.ts';
import type { EventRule } from '../common.ts';

/** What rules say of events beside their names. */
export type Selection = Pick<EventRule, 'logLevelMax' | 'logLevelMin' | 'exclusions' | 'filter'>;

/** The members of {@link Selection} that are there, and no others. */
export function selectionOf(rule: Omit<EventSelection, 'pattern'>): Selection {
  const { logLevelMax, logLevelMin, exclusions, filter } = rule;
  return {
    logLevelMax,
    ...(logLevelMin === undefined ? {} : { logLevelMin }),
    ...(exclusions === undefined ? {} : { exclusions: [...exclusions] }),
    ...(filter === undefined ? {} : { filter }),
  };
}

/**
 * Why rules with these patterns are refused, as LTTng does: one sentence without its full stop. The kernel checks the
 * filters of a kernel part, which are in its own language.
 */
export function ruleFault(
  patterns: readonly string[],
  selection: Selection,
  isKernel = false,
): string | undefined {
  const { logLevelMax, logLevelMin = 0, exclusions = [], filter } = selection;
  if (logLevelMin > logLevelMax) return 'The most severe level is below the least severe one';
  const plain = patterns.find((pattern) => !hasWildcard(pattern));
  if (exclusions.length > 0 && plain !== undefined) {
    return `Names are excluded from a name with a wildcard only, and "${plain}" has none`;
  }
  for (const pattern of patterns) {
    const everything = exclusions.find((excluded) => matchesGlob(excluded, pattern));
    if (everything !== undefined) return `"${everything}" excludes all events of "${pattern}"`;
  }
  if (filter === undefined || isKernel) return undefined;
  const parsed = parseFilter(filter);
  if (parsed.ok) return undefined;
  const { reason, position } = parsed.error;
  return `The filter is wrong at character ${position}: ${reason}`;
}

type TargetedRule = EventSelection & Pick<EventRule, 'target' | 'kind'>;

/** Whether two rules of a channel differ in nothing but that one may be disabled. */
export function isSameRule(one: TargetedRule, other: TargetedRule): boolean {
  const text = ({ pattern, target, kind, ...rule }: TargetedRule): string =>
    JSON.stringify([pattern, targetKey(target), kindKey(kind), selectionOf(rule)]);
  return text(one) === text(other);
}

/** All contexts that events of a channel may carry. */
export function contextsOf({
  contexts = [],
  rules,
}: {
  readonly contexts?: readonly string[];
  readonly rules: readonly EventRule[];
}): ReadonlySet<string> {
  return new Set([...contexts, ...rules.flatMap((rule) => rule.contexts ?? [])]);
}

/** A text that two kinds of rules share when they are the same. */
export function kindKey(kind: EventRule['kind']): string {
  return kind ?? 'tracepoint';
}

/** A text that two targets share when they are the same. */
export function targetKey(target: EventRule['target']): string {
  switch (target.kind) {
    case 'pid':
      return `pid ${target.pid}`;
    case 'command':
      return `command ${target.name}`;
    default:
      return target.kind;
  }
}
