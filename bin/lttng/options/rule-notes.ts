/** What `add-event` reports beside its success: other rules of the same names, and rules that match nothing. */
import { DEFAULT_CHANNEL } from '../../../actors/sessiond/session/defaults.ts';
import { isSameRule, targetKey } from '../../../src/wire/control/event-rules.ts';
import type { Application, EventRule, Session } from '../../control/api/session.ts';
import { selectionText } from '../describe.ts';
import type { Domain } from './domain.ts';
import { unmatchedBy, unmatchedText } from './unmatched.ts';

interface Place {
  readonly domain: Domain;
  readonly channel: string | undefined;
}

/** `before`: the session before the rules were added there. `apps`: the registered threads. */
export function notesOn(
  added: readonly EventRule[],
  { domain, channel = DEFAULT_CHANNEL.name }: Place,
  before: Session,
  apps: readonly Application[],
): readonly string[] {
  const channels = domain === 'kernel' ? (before.kernel?.channels ?? []) : before.channels;
  const named = channels.find(({ settings }) => settings.name === channel);
  const others = (named?.rules ?? []).filter((rule) =>
    added.some((other) => isBeside(rule, other)),
  );
  // The registry refuses rules that mean none of the kernel's events.
  const unmatched =
    domain === 'kernel' ? [] : added.flatMap((rule) => unmatchedBy(rule, apps) ?? []);
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
    rule.kind === added.kind &&
    targetKey(rule.target) === targetKey(added.target) &&
    !isSameRule(rule, added)
  );
}
