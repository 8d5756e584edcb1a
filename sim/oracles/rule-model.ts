/** Model of the event rules of a channel: how commands change them, and which commands are refused. */
import type { EventRule, Target } from '../../src/wire/common.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { WRONG_FILTERS } from '../input/filters.ts';

export interface ModelRule {
  readonly pattern: string;
  readonly target: string;
  /** Levels, exclusions and filter. */
  readonly selection: string;
  readonly isEnabled: boolean;
  /** What its events carry. */
  readonly contexts: readonly string[];
}

type Enabling = Extract<Operation, { op: 'event.enable' }>;
type Disabling = Extract<Operation, { op: 'event.disable' }>;

/** The rules after a command that is not refused: one that differs in anything from another one is beside it. */
export function withRules(rules: readonly ModelRule[], operation: Enabling): readonly ModelRule[] {
  const target = targetText(operation.target);
  const selection = selectionText(operation);
  const added = operation.patterns.map((pattern) => ({
    pattern,
    target,
    selection,
    isEnabled: true,
    contexts:
      rules.find(
        (rule) =>
          rule.pattern === pattern && rule.target === target && rule.selection === selection,
      )?.contexts ?? [],
  }));
  const kept = rules.filter(
    (rule) =>
      rule.target !== target ||
      !operation.patterns.includes(rule.pattern) ||
      (rule.isEnabled && rule.selection !== selection),
  );
  return [...kept, ...added];
}

export function isRefused({ patterns, exclusions, filter, ...levels }: Enabling): boolean {
  const { logLevelMin = 0, logLevelMax } = levels;
  if (logLevelMin > logLevelMax) return true;
  if (filter !== undefined && WRONG_FILTERS.some((wrong) => wrong === filter)) return true;
  if (exclusions === undefined) return false;
  // Scenarios exclude either everything or names without wildcards.
  return exclusions.includes('*') || !patterns.every((pattern) => pattern.includes('*'));
}

/** Undefined: no rule of this name, and of this target if there is one, is enabled. */
export function withoutRules(
  rules: readonly ModelRule[],
  { patterns, target }: Disabling,
): readonly ModelRule[] | undefined {
  const of = target === undefined ? undefined : targetText(target);
  const isMeant = (rule: ModelRule): boolean => of === undefined || of === rule.target;
  const isKnown = (pattern: string): boolean =>
    rules.some((rule) => rule.isEnabled && rule.pattern === pattern && isMeant(rule));
  if (!patterns.every(isKnown)) return undefined;
  return rules.map((rule) =>
    patterns.includes(rule.pattern) && isMeant(rule) ? { ...rule, isEnabled: false } : rule,
  );
}

/** The contexts with others, each once, in the order in which they were added. */
export function withMore(contexts: readonly string[], added: readonly string[]): readonly string[] {
  return [...contexts, ...added.filter((each) => !contexts.includes(each))];
}

/** Whether an answer has these rules. */
export function areTold(rules: readonly ModelRule[], told: readonly EventRule[]): boolean {
  return (
    rules.length === told.length &&
    rules.every((rule, index) => {
      const other = told[index];
      return (
        other !== undefined &&
        rule.pattern === other.pattern &&
        rule.isEnabled === other.enabled &&
        rule.selection === selectionText(other) &&
        rule.contexts.join() === (other.contexts ?? []).join() &&
        rule.target === targetText(other.target)
      );
    })
  );
}

function selectionText({
  logLevelMax,
  logLevelMin,
  exclusions,
  filter,
}: Pick<EventRule, 'logLevelMax' | 'logLevelMin' | 'exclusions' | 'filter'>): string {
  return JSON.stringify([logLevelMax, logLevelMin ?? null, exclusions ?? null, filter ?? null]);
}

export function targetText(target: Target): string {
  if (target.kind === 'pid') return `pid ${target.pid}`;
  return target.kind === 'command' ? `command ${target.name}` : target.kind;
}
