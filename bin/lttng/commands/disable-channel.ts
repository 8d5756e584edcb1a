/** `lttng disable-channel`: nothing is recorded into channels until they are enabled again (R2.6). */
import type { Cli } from '../context.ts';
import { channelWord } from '../describe.ts';
import { channelNames } from '../options/channel.ts';
import { domainOf } from '../options/domain.ts';
import { called, namedSession } from '../sessions.ts';
import { type Given, partsOf } from '../table/declare.ts';
import type { DISABLE_CHANNEL } from '../table/events.ts';

export async function disableChannel(
  cli: Cli,
  options: Given<typeof DISABLE_CHANNEL>,
  names: string,
): Promise<void> {
  const domain = domainOf(options);
  const channels = channelNames(partsOf(names));
  const session = await cli.control.disableChannel(
    namedSession(undefined, options.session),
    channels,
    { domain },
  );
  cli.output.value({ session });
  cli.output.tell(`Disabled ${channelWord(domain)} ${channels.join(', ')} in ${called(session)}`);
}
