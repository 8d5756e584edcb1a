/** `lttng add-context`: what events carry beside their fields (R2.9). */
import { table } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { checkChannelName } from '../options/channel.ts';
import { contextsNamed } from '../options/context.ts';
import { checkPatterns, targetOf } from '../options/rule.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { ADD_CONTEXT } from '../table/events.ts';

type AddContextOptions = Given<typeof ADD_CONTEXT>;

export async function addContext(
  cli: Cli,
  options: AddContextOptions,
  process?: string,
): Promise<void> {
  if (options.list === true) await listContexts(cli, options);
  else await addContexts(cli, options, process);
}

async function listContexts({ control, output }: Cli, { type }: AddContextOptions): Promise<void> {
  if (type !== undefined) throw usageFailure('Name contexts or use --list, not both');
  const contexts = await control.contexts();
  output.value({ contexts });
  for (const line of table(contexts.map(({ name, about }) => [name, about]))) output.line(line);
}

async function addContexts(
  cli: Cli,
  options: AddContextOptions,
  process: string | undefined,
): Promise<void> {
  const { channel, event: events, type = [] } = options;
  const contexts = contextsNamed(type);
  const target = targetOf(options, process);
  if (channel !== undefined) checkChannelName(channel);
  if (events !== undefined) checkPatterns(events);
  const session = await cli.control.addContext(namedSession(undefined, options.session), contexts, {
    channel,
    events,
    ...(target.kind === 'all' ? {} : { target }),
  });
  cli.output.value({ session });
  const where = channel === undefined ? '' : `channel ${channel} of `;
  const what = events === undefined ? '' : ` to ${events.join(', ')}`;
  cli.output.tell(`Added ${contexts.join(', ')}${what} in ${where}${called(session)}`);
}
