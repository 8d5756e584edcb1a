/** `lttng add-context`: what events carry beside their fields (R2.9). */
import type { Command } from 'commander';
import { table } from '../../terminal/output.ts';
import type { Cli, CliOf } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { checkChannelName } from '../options/channel.ts';
import { contextRows, contextsNamed } from '../options/context.ts';
import { addDomainOptions } from '../options/domain.ts';
import { appendList } from '../options/global.ts';
import { addTargetOptions, checkPatterns, type TargetOptions, targetOf } from '../options/rule.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

interface AddContextOptions extends TargetOptions {
  readonly session?: string;
  readonly channel?: string;
  readonly event?: readonly string[];
  readonly type?: readonly string[];
  readonly list?: true;
}

export function addAddContext(program: Command, cliOf: CliOf): void {
  const command = program
    .command('add-context')
    .summary('add contexts to events')
    .description(
      'Events carry more than their fields from now on: all events of a channel, or of all present channels; with ' +
        '--event, --pid or the name of a command, those of event rules. --list shows all contexts.',
    )
    .argument('[command]', 'only rules for this command')
    .option(...SESSION_OPTION)
    .option('-c, --channel <name>', 'the channel (default: all)')
    .option(
      '-e, --event <name[,name]>',
      'only events of these rules, named as for add-event',
      appendList,
    )
    .option('-t, --type <name[,name]>', 'what they carry', appendList)
    .option('-l, --list', 'list all contexts');
  addDomainOptions(addTargetOptions(command)).action(
    async (process: string | undefined, options: AddContextOptions) => {
      const cli = cliOf(command);
      if (options.list === true) listContexts(cli, options);
      else await addContexts(cli, process, options);
    },
  );
}

function listContexts({ output }: Cli, { type }: AddContextOptions): void {
  if (type !== undefined) throw usageFailure('Name contexts or use --list, not both');
  const rows = contextRows();
  output.value({ contexts: rows.map(([name, about]) => ({ name, about })) });
  for (const line of table(rows)) output.line(line);
}

async function addContexts(
  cli: Cli,
  process: string | undefined,
  options: AddContextOptions,
): Promise<void> {
  const { channel, event: events, type = [] } = options;
  const contexts = contextsNamed(type);
  const target = targetOf(options, process);
  if (channel !== undefined) checkChannelName(channel);
  if (events !== undefined) checkPatterns(events);
  const session = await requestFor(cli, namedSession(undefined, options.session), (key) => ({
    op: 'context.add',
    session: key,
    ...(channel === undefined ? {} : { channel }),
    ...(events === undefined ? {} : { events: [...events] }),
    ...(target.kind === 'all' ? {} : { target }),
    contexts: [...contexts],
  }));
  cli.output.value({ session });
  const where = channel === undefined ? '' : `channel ${channel} of `;
  const what = events === undefined ? '' : ` to ${events.join(', ')}`;
  cli.output.tell(`Added ${contexts.join(', ')}${what} in ${where}${called(session)}`);
}
