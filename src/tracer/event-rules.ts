/** What a stream records by its event rules: an event that any of them selects, once. */
import { type EventSelection, selectsName } from '../event/rule.ts';
import { compileFilter, type Filter } from '../filter/compile.ts';
import { parseFilter } from '../filter/parse.ts';
import type { EventMatch } from './tracer.ts';

/** A rule whose filter cannot be read selects nothing; `onRefused` is called for it. */
export function matchRules<Rule extends EventSelection>(
  rules: readonly Rule[],
  onRefused: (rule: Rule, reason: string) => void,
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
      const filter = compileFilter(expression, event.fields);
      if (filter.ok) filters.push(filter.value);
    }
    const [only] = filters;
    if (only === undefined) return false;
    return filters.length === 1 ? only : (values) => filters.some((filter) => filter(values));
  };
}
