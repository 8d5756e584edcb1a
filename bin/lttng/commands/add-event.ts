/** `lttng add-event`: adds event rules to a session (R2.8). */
import type { Command } from 'commander';
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
import type { Cli, CliOf } from '../context.ts';
import { targetText } from '../describe.ts';
import { sessionFailure } from '../failure.ts';
import { checkChannelName } from '../options/channel.ts';
import { addDomainOptions } from '../options/domain.ts';
import { appendList } from '../options/global.ts';
import {
  addSelectionOptions,
  addTargetOptions,
  addTypeOptions,
  patternsOf,
  type SelectionOptions,
  selectionFrom,
  type TargetOptions,
  type TypeOptions,
  targetOf,
  warningOf,
} from '../options/rule.ts';
import { notesOn } from '../options/rule-notes.ts';
import { called, namedSession, SESSION_OPTION } from '../sessions.ts';

interface AddEventOptions extends TargetOptions, SelectionOptions, TypeOptions {
  readonly session?: string;
  readonly channel?: string;
}

export function addAddEvent(program: Command, cliOf: CliOf): void {
  const command = program
    .command('add-event')
    .alias('enable-event')
    .summary('enable events')
    .description(
      'Adds event rules to a session. An active session records matching events from now on. "*" in a name matches ' +
        'any text: quote such a name for the shell. \\* and \\, match the characters themselves.',
    )
    .argument('[name[,name...]]', 'names of events')
    .argument('[command]', 'trace every process with this name')
    .option(...SESSION_OPTION)
    .option('-c, --channel <name>', 'the channel (default: "default", created if missing)');
  addSelectionOptions(command);
  addTypeOptions(command);
  addDomainOptions(addTargetOptions(command)).action(
    async (text: string | undefined, process: string | undefined, options: AddEventOptions) => {
      const names = text === undefined ? [] : appendList(text);
      const target = targetOf(options, process);
      const isEverything = names.length === 0 && options.all === true;
      const patterns = patternsOf(isEverything ? ['*'] : names, options);
      if (options.channel !== undefined) checkChannelName(options.channel);
      const cli = cliOf(command);
      const { channel } = options;
      const selection = selectionFrom(patterns, options);
      const added = { channel, patterns, selection, target };
      const { session, notes } = await addRules(cli, options.session, added);
      cli.output.value({ session });
      const events = patterns.join(', ');
      cli.output.tell(`Enabled ${events} for ${targetText(target)} in ${called(session)}`);
      const warning = warningOf(options, target);
      for (const note of notes) cli.output.note(note);
      if (warning !== undefined) cli.output.note(warning);
    },
  );
}

interface AddedRules {
  readonly channel: string | undefined;
  readonly patterns: readonly string[];
  readonly selection: Selection;
  readonly target: Target;
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
