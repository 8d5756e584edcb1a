/** What `add-event` reports beside its success: rules that it replaced, and names that match nothing at present. */
import { DEFAULT_CHANNEL } from '../../../actors/sessiond/session/defaults.ts';
import { matchesGlob } from '../../../src/base/glob.ts';
import type { EventRule, Target } from '../../../src/wire/common.ts';
import type { AppInfo, SessionInfo } from '../../../src/wire/control/messages.ts';
import { targetText } from '../describe.ts';
import { levelsText } from '../log-levels.ts';

export interface AddedRules {
  readonly channel: string | undefined;
  readonly patterns: readonly string[];
  readonly logLevelMax: number;
  readonly target: Target;
}

/** Rules for a diagnostics channel define their tracepoints themselves, see docs/events.md. */
const CHANNEL_PREFIX = 'channel:';

/** `before`: the session before the rules were added. `apps`: the registered threads. */
export function notesOn(
  added: AddedRules,
  before: SessionInfo,
  apps: readonly AppInfo[],
): readonly string[] {
  const { channel: name = DEFAULT_CHANNEL.name } = added;
  const channel = before.channels.find(({ settings }) => settings.name === name);
  const replaced = (channel?.rules ?? []).filter((rule) => isReplaced(rule, added));
  return [
    ...replaced.map(({ pattern, logLevelMax }) => {
      const levels = `${levelsText(added.logLevelMax)} instead of ${levelsText(logLevelMax)}`;
      return `Replaced the rule ${pattern}: it records ${levels}`;
    }),
    ...unmatchedNotes(added, apps),
  ];
}

/** Whether the rule had another level; a rule is replaced by one with the same name and the same target. */
function isReplaced(rule: EventRule, { patterns, logLevelMax, target }: AddedRules): boolean {
  return (
    patterns.includes(rule.pattern) &&
    targetText(rule.target) === targetText(target) &&
    rule.logLevelMax !== logLevelMax
  );
}

function unmatchedNotes(
  { patterns, logLevelMax, target }: AddedRules,
  apps: readonly AppInfo[],
): readonly string[] {
  const meant = apps.filter((app) => isMeant(app, target));
  if (meant.length === 0) {
    return [`${noneText(target)} is registered at present`];
  }
  const tracepoints = meant.flatMap((app) => app.tracepoints);
  const unmatched = patterns.filter(
    (pattern) =>
      !pattern.startsWith(CHANNEL_PREFIX) &&
      !tracepoints.some(
        ({ name, logLevel }) => logLevel <= logLevelMax && matchesGlob(pattern, name),
      ),
  );
  if (unmatched.length === 0) return [];
  const names = unmatched.join(', ');
  return [`No tracepoint of ${targetText(target)} matches ${names} at present`];
}

function isMeant({ pid, processName }: AppInfo, target: Target): boolean {
  if (target.kind === 'pid') return pid === target.pid;
  return target.kind === 'command' ? processName === target.name : true;
}

function noneText(target: Target): string {
  if (target.kind === 'pid') return `No process ${target.pid}`;
  return target.kind === 'command' ? `No process named ${target.name}` : 'No application';
}
