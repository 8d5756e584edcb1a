/** `lttng add-channel`: channels, or buffers of a channel for some applications (R2.6). */
import type { Cli } from '../context.ts';
import { targetText } from '../describe.ts';
import { channelNames, channelShape, hasChannelOptions, noteOfFiles } from '../options/channel.ts';
import { targetOf, warningOf } from '../options/rule.ts';
import { called, namedSession } from '../sessions.ts';
import { type Given, partsOf } from '../table/declare.ts';
import type { ADD_CHANNEL } from '../table/events.ts';

export async function addChannel(
  cli: Cli,
  options: Given<typeof ADD_CHANNEL>,
  names: string,
  process?: string,
): Promise<void> {
  const target = targetOf(options, process);
  const channels = channelNames(partsOf(names));
  const shape = channelShape(options);
  const orEnable = !hasChannelOptions(options) && target.kind === 'all';
  const session = await cli.control.addChannel(namedSession(undefined, options.session), channels, {
    ...shape,
    target,
    orEnable,
  });
  cli.output.value({ session });
  const added = channels.join(', ');
  const where = target.kind === 'all' ? '' : ` for ${targetText(target)}`;
  cli.output.tell(`Enabled channel ${added}${where} in ${called(session)}`);
  const notes = [noteOfFiles(options, shape), warningOf(options, target)];
  for (const note of notes) if (note !== undefined) cli.output.note(note);
}
