/** `lttng disable-consumer`: a session's consumer writes no more, and stays in its place (R2.11, R3.7). */
import type { Cli } from '../context.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { DISABLE_CONSUMER } from '../table/relay.ts';
import { noteShortage } from '../text/shortage.ts';

export async function disableConsumer(
  cli: Cli,
  options: Given<typeof DISABLE_CONSUMER>,
): Promise<void> {
  const session = await cli.control.disableConsumer(namedSession(undefined, options.session));
  cli.output.value({ session });
  cli.output.tell(`Disabled the consumer of ${called(session)}`);
  noteShortage(cli, session);
}
