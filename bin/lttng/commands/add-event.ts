/** `lttng add-event`: adds event rules to a session (R2.8). */
import {
  allPages,
  appsIn,
  inOrder,
  lastSessionIn,
  type StepResult,
} from '../../../actors/client/plans/plan.ts';
import { sessionIn } from '../../../actors/client/plans/record.ts';
import type { Target } from '../../../src/wire/common.ts';
import type { Selection } from '../../../src/wire/control/event-rules.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { ANSWERED_WITHOUT_SESSION, runInSession } from '../../control/sessions.ts';
import type { Cli } from '../context.ts';
import { targetText } from '../describe.ts';
import { sessionFailure } from '../failure.ts';
import { checkChannelName } from '../options/channel.ts';
import { patternsOf, selectionFrom, targetOf, warningOf } from '../options/rule.ts';
import { notesOn } from '../options/rule-notes.ts';
import { called, namedSession } from '../sessions.ts';
import { type Given, partsOf } from '../table/declare.ts';
import type { ADD_EVENT } from '../table/events.ts';

export async function addEvent(
  cli: Cli,
  options: Given<typeof ADD_EVENT>,
  text?: string,
  process?: string,
): Promise<void> {
  const added = rulesOf(options, text, process);
  const { patterns, target } = added;
  const { session, notes } = await addRules(cli, options.session, added);
  cli.output.value({ session });
  const events = patterns.join(', ');
  cli.output.tell(`Enabled ${events} for ${targetText(target)} in ${called(session)}`);
  const warning = warningOf(options, target);
  for (const note of notes) cli.output.note(note);
  if (warning !== undefined) cli.output.note(warning);
}

interface AddedRules {
  readonly channel: string | undefined;
  readonly patterns: readonly string[];
  readonly selection: Selection;
  readonly target: Target;
}

/** The rules that the command line describes; throws a usage failure when one is not valid. */
export function rulesOf(
  options: Given<typeof ADD_EVENT>,
  text?: string,
  process?: string,
): AddedRules {
  const names = text === undefined ? [] : partsOf(text);
  const target = targetOf(options, process);
  const isEverything = names.length === 0 && options.all === true;
  const patterns = patternsOf(isEverything ? ['*'] : names, options);
  const { channel } = options;
  if (channel !== undefined) checkChannelName(channel);
  return { channel, patterns, selection: selectionFrom(patterns, options), target };
}

/** The session before the change, the change, and the applications, over one connection. */
async function addRules(
  { client }: Cli,
  named: string | undefined,
  added: AddedRules,
): Promise<{ readonly session: SessionInfo; readonly notes: readonly string[] }> {
  const { channel, patterns, selection, target } = added;
  const channelOf = channel === undefined ? {} : { channel };
  const listApps = allPages(['app.list']);
  const { results, error } = await runInSession(client, namedSession(undefined, named), (key) => {
    const change = inOrder([
      { op: 'session.get', session: key },
      {
        op: 'event.enable',
        session: key,
        ...channelOf,
        patterns: [...patterns],
        ...selection,
        target,
      },
    ]);
    return (sofar) => change(sofar) ?? (isAdded(sofar) ? listApps(sofar.slice(2)) : undefined);
  });
  const session = lastSessionIn(results);
  if (!isAdded(results) || session === undefined) {
    throw sessionFailure(error ?? ANSWERED_WITHOUT_SESSION);
  }
  const before = sessionIn(results) ?? session;
  const rules = patterns.map((pattern) => ({ pattern, ...selection, target, enabled: true }));
  return { session, notes: notesOn(rules, channel, before, appsIn(results)) };
}

function isAdded(results: readonly StepResult[]): boolean {
  return results[1]?.kind === 'reply';
}
