/** `lttng enable-consumer`: says where a session's consumer writes, and has it write there (R2.11, R3.7). */
import { destinationText } from '../../../src/wire/control/destination.ts';
import type { Cli } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { destinationOf, placeOf } from '../options/destination.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { ENABLE_CONSUMER } from '../table/relay.ts';
import { noteShortage } from '../text/shortage.ts';

export async function enableConsumer(
  cli: Cli,
  options: Given<typeof ENABLE_CONSUMER>,
  url?: string,
): Promise<void> {
  if (url !== undefined && options.setUrl !== undefined) {
    throw usageFailure('Use one URL, as an argument or with -U');
  }
  const given = url === undefined ? options : { ...options, setUrl: url };
  const destination = destinationOf(cli.world, given);
  const session = await cli.control.enableConsumer(
    namedSession(undefined, options.session),
    placeOf(destination),
  );
  cli.output.value({ session });
  const to = session.destination?.to ?? { output: session.output ?? '' };
  cli.output.tell(`The consumer of ${called(session)} writes to ${destinationText(to)}`);
  noteShortage(cli, session);
}
