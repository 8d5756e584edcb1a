/**
 * What a stream records by its event rules: an event that any of them selects, once, with the contexts of its channel
 * and of all rules that name it.
 */
import { CONTEXTS_MAX } from '../event/context.ts';
import { type EventSelection, selectsName } from '../event/rule.ts';
import { compileFilter, type Filter } from '../filter/compile.ts';
import type { ContextReaders } from '../filter/context-access.ts';
import { contextsIn } from '../filter/expression.ts';
import { parseFilter } from '../filter/parse.ts';
import type { EventMatch, StreamContexts } from './tracer.ts';

export interface StreamRule extends EventSelection {
  /** What the events carry that the rule names. */
  readonly contexts?: readonly string[] | undefined;
}

/** A rule whose filter cannot be read selects nothing; `onRefused` is called for it. */
export function matchRules<Rule extends EventSelection>(
  rules: readonly Rule[],
  onRefused: (rule: Rule, reason: string) => void,
  readerOf?: ContextReaders,
): EventMatch {
  const read = rules.flatMap((rule) => {
    if (rule.filter === undefined) return { rule, expression: undefined };
    const parsed = parseFilter(rule.filter);
    if (parsed.ok) return { rule, expression: parsed.value };
    const { reason, position } = parsed.error;
    onRefused(rule, `${reason}, at character ${position}`);
    return [];
  });
  return (event) => {
    const filters: Filter[] = [];
    for (const { rule, expression } of read) {
      if (!selectsName(rule, event)) continue;
      if (expression === undefined) return true;
      const filter = compileFilter(expression, event.fields, readerOf);
      if (filter.ok) filters.push(filter.value);
    }
    const [only] = filters;
    if (only === undefined) return false;
    return filters.length === 1 ? only : (values) => filters.some((filter) => filter(values));
  };
}

/** The contexts of a channel's events, in the order in which the registry names them; without rules, none. */
export function contextsBy(
  ofChannel: readonly string[],
  rules: readonly StreamRule[],
): StreamContexts {
  const filtered = rules.flatMap(({ filter }) => {
    const parsed = filter === undefined ? undefined : parseFilter(filter);
    return parsed?.ok === true ? contextsIn(parsed.value) : [];
  });
  const carrying = rules.filter(({ contexts = [] }) => contexts.length > 0);
  const carried = carrying.flatMap(({ contexts = [] }) => contexts);
  return {
    of: (event) => {
      const named = carrying.filter((rule) => selectsName(rule, event));
      const all = [...ofChannel, ...named.flatMap(({ contexts = [] }) => contexts)];
      return [...new Set(all)].slice(0, CONTEXTS_MAX);
    },
    all: rules.length === 0 ? [] : [...ofChannel, ...carried, ...filtered],
  };
}
