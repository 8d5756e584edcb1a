/** `lttng add-event`: adds event rules to a session (R2.8). */
import type { Cli } from '../context.ts';
import { targetText } from '../describe.ts';
import { rulesOf } from '../options/added-rules.ts';
import { warningOf } from '../options/rule.ts';
import { notesOn } from '../options/rule-notes.ts';
import { called, hintNext, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { ADD_EVENT } from '../table/events.ts';

export async function addEvent(
  cli: Cli,
  options: Given<typeof ADD_EVENT>,
  text?: string,
  process?: string,
): Promise<void> {
  const added = rulesOf(options, text, process);
  const { channel, patterns, selection, target } = added;
  const { loglevel: logLevel, loglevelOnly: logLevelOnly, exclude, filter } = options;
  const { session, before, apps } = await cli.control.addEventAndLook(
    namedSession(undefined, options.session),
    patterns,
    { channel, logLevel, logLevelOnly, exclude, filter, target },
  );
  const rules = patterns.map((pattern) => ({ pattern, ...selection, target, enabled: true }));
  cli.output.value({ session });
  const events = patterns.join(', ');
  cli.output.tell(`Enabled ${events} for ${targetText(target)} in ${called(session)}`);
  const warning = warningOf(options, target);
  for (const note of notesOn(rules, channel, before, apps)) cli.output.note(note);
  if (warning !== undefined) cli.output.note(warning);
  if (session.state !== 'active') await hintNext(cli, session, 'start');
}
