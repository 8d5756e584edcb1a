/** What `add-event` reports beside its success: other rules of the same names, and rules that match nothing. */
import { DEFAULT_CHANNEL } from '../../../actors/sessiond/session/defaults.ts';
import { isSameRule, targetKey } from '../../../src/wire/control/event-rules.ts';
import type { Application, EventRule, Session } from '../../control/api/session.ts';
import { selectionText } from '../describe.ts';
import { unmatchedBy, unmatchedText } from './unmatched.ts';

/** `before`: the session before the rules were added to `channel`. `apps`: the registered threads. */
export function notesOn(
  added: readonly EventRule[],
  channel: string | undefined,
  before: Session,
  apps: readonly Application[],
): readonly string[] {
  const { name } = DEFAULT_CHANNEL;
  const named = before.channels.find(({ settings }) => settings.name === (channel ?? name));
  const others = (named?.rules ?? []).filter((rule) =>
    added.some((other) => isBeside(rule, other)),
  );
  const unmatched = added.flatMap((rule) => unmatchedBy(rule, apps) ?? []);
  return [
    ...others.map(
      (rule) => `The rule ${rule.pattern} for ${selectionText(rule)} stays enabled as well`,
    ),
    ...new Set(unmatched.map(unmatchedText)),
  ];
}

function isBeside(rule: EventRule, added: EventRule): boolean {
  return (
    rule.enabled &&
    rule.pattern === added.pattern &&
    targetKey(rule.target) === targetKey(added.target) &&
    !isSameRule(rule, added)
  );
}
