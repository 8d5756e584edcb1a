/** Which event rules match nothing of what is registered at present, why, and what may have been meant. */
import { matchesGlob } from '../../../src/base/glob.ts';
import { selectsName } from '../../../src/event/rule.ts';
import { compileFilter } from '../../../src/filter/compile.ts';
import { parseFilter } from '../../../src/filter/parse.ts';
import { fieldsIn } from '../../../src/tracer/signature.ts';
import type { TracepointInfo } from '../../../src/wire/app/messages.ts';
import type { Application, EventRule, Target } from '../../control/api/session.ts';
import { targetText } from '../describe.ts';
import { nearestName } from './nearest-name.ts';

/** Rules for a diagnostics channel define their tracepoints themselves, see docs/events.md. */
const CHANNEL_PREFIX = 'channel:';

export interface Unmatched {
  /** One sentence without its full stop. */
  readonly reason: string;
  /** The name of a tracepoint, or of a field of the filter. */
  readonly nearest?: string;
}

/** Undefined: a registered tracepoint matches, or that cannot be known. */
export function unmatchedBy(rule: EventRule, apps: readonly Application[]): Unmatched | undefined {
  const { pattern, target, enabled } = rule;
  // A registry does not tell which processes were started for a session.
  if (!enabled || pattern.startsWith(CHANNEL_PREFIX) || target.kind === 'spawned') return undefined;
  const meant = apps.filter((app) => isMeant(app, target));
  if (meant.length === 0) return { reason: `${noneText(target)} is registered at present` };
  const tracepoints = meant.flatMap((app) => app.tracepoints);
  const selected = tracepoints.filter((tracepoint) => selectsName(rule, tracepoint));
  if (selected.length > 0) return unmatchedFilter(rule, selected);
  const reason = `No tracepoint of ${targetText(target)} matches ${pattern} at present`;
  if (tracepoints.some(({ name }) => matchesGlob(pattern, name))) {
    return { reason: `${reason}: those of this name have other levels or are excluded` };
  }
  return {
    reason,
    ...nearestOf(
      pattern,
      tracepoints.map(({ name }) => name),
    ),
  };
}

/** The note for people. */
export function unmatchedText({ reason, nearest }: Unmatched): string {
  return nearest === undefined ? reason : `${reason}; did you mean ${nearest}?`;
}

function unmatchedFilter(
  { filter, pattern }: EventRule,
  selected: readonly TracepointInfo[],
): Unmatched | undefined {
  const parsed = filter === undefined ? undefined : parseFilter(filter);
  if (parsed?.ok !== true) return undefined;
  let first: Unmatched | undefined;
  for (const { fields: text } of selected) {
    const fields = fieldsIn(text);
    // The text was too long to be sent whole.
    if (fields === undefined) return undefined;
    const compiled = compileFilter(parsed.value, fields);
    if (compiled.ok) return undefined;
    const missing = /^there is no field (\w+)$/.exec(compiled.error)?.[1];
    first ??= {
      reason: `The filter matches no event of ${pattern}: ${compiled.error}`,
      ...(missing === undefined
        ? {}
        : nearestOf(
            missing,
            fields.map(({ name }) => name),
          )),
    };
  }
  return first;
}

function nearestOf(text: string, names: readonly string[]): Pick<Unmatched, 'nearest'> {
  const nearest = nearestName(text, names);
  return nearest === undefined ? {} : { nearest };
}

function isMeant({ pid, processName }: Application, target: Target): boolean {
  if (target.kind === 'pid') return pid === target.pid;
  return target.kind === 'command' ? processName === target.name : true;
}

function noneText(target: Target): string {
  if (target.kind === 'pid') return `No process ${target.pid}`;
  return target.kind === 'command' ? `No process named ${target.name}` : 'No application';
}
