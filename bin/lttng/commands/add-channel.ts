/** `lttng add-channel`: channels, or buffers of a channel for some applications (R2.6). */
import type { Cli } from '../context.ts';
import { channelWord, targetText } from '../describe.ts';
import { channelNames, channelShape, hasChannelOptions, noteOfFiles } from '../options/channel.ts';
import { checkOfKernel, domainOf } from '../options/domain.ts';
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
  const domain = domainOf(options);
  if (domain === 'kernel') checkKernelOptions(options, process);
  const target = targetOf(options, process);
  const channels = channelNames(partsOf(names));
  const shape = channelShape(options);
  const orEnable = !hasChannelOptions(options) && target.kind === 'all';
  const session = await cli.control.addChannel(namedSession(undefined, options.session), channels, {
    ...shape,
    ...(domain === undefined ? { target } : { domain }),
    orEnable,
  });
  cli.output.value({ session });
  const added = channels.join(', ');
  const where = target.kind === 'all' ? '' : ` for ${targetText(target)}`;
  cli.output.tell(`Enabled ${channelWord(domain)} ${added}${where} in ${called(session)}`);
  const notes = [
    noteOfFiles(options, shape),
    domain === undefined ? warningOf(options, target) : undefined,
  ];
  for (const note of notes) if (note !== undefined) cli.output.note(note);
}

/** Each CPU has buffers of its own. */
function checkKernelOptions(
  { pid, command, buffersPid, buffersUid }: Given<typeof ADD_CHANNEL>,
  process: string | undefined,
): void {
  checkOfKernel({
    '--pid': pid,
    'The name of a command': command ?? process,
    '--buffers-pid': buffersPid,
    '--buffers-uid': buffersUid,
  });
}
