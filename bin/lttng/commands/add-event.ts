/** `lttng add-event`: adds event rules to a session (R2.8). */
import type { Cli } from '../context.ts';
import { kernelRuleText, targetText } from '../describe.ts';
import { rulesIn, rulesOf } from '../options/added-rules.ts';
import { warningOf } from '../options/rule.ts';
import { notesOn } from '../options/rule-notes.ts';
import { called, hintNext, isRecording, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { ADD_EVENT } from '../table/events.ts';

export async function addEvent(
  cli: Cli,
  options: Given<typeof ADD_EVENT>,
  text?: string,
  process?: string,
): Promise<void> {
  const added = rulesOf(options, text, process);
  const { domain, channel, patterns, target, kind } = added;
  const isOfKernel = domain === 'kernel';
  const { loglevel: logLevel, loglevelOnly: logLevelOnly, exclude, filter } = options;
  const { session, before, apps } = await cli.control.addEventAndLook(
    namedSession(undefined, options.session),
    patterns,
    isOfKernel
      ? { domain, kind, channel, filter }
      : { channel, logLevel, logLevelOnly, exclude, filter, target },
  );
  cli.output.value({ session });
  const rules = rulesIn(added);
  const what = isOfKernel
    ? rules.map(kernelRuleText).join(', ')
    : `${patterns.join(', ')} for ${targetText(target)}`;
  cli.output.tell(`Enabled ${what} in ${called(session)}`);
  for (const note of notesOn(rules, { domain, channel }, before, apps)) cli.output.note(note);
  const warning = isOfKernel ? undefined : warningOf(options, target);
  if (warning !== undefined) cli.output.note(warning);
  if (!isRecording(session)) await hintNext(cli, session, 'start');
}
