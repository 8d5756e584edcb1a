/** `lttng regenerate`: after a step of the clock, the traces of a session get its present time of day. */
import type { Cli } from '../context.ts';
import { CliFailure, EXIT, usageFailure } from '../failure.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { REGENERATE } from '../table/sessions.ts';

export async function regenerate(
  cli: Cli,
  options: Given<typeof REGENERATE>,
  what: string,
): Promise<void> {
  if (what !== 'metadata' && what !== 'statedump') {
    throw usageFailure(`Regenerate metadata or statedump, not "${what}"`);
  }
  const named = namedSession(undefined, options.session);
  if (what === 'statedump') {
    await cli.control.get(named);
    throw new CliFailure('NOT_ALLOWED', 'Programs record no state dump', EXIT.refused);
  }
  const session = await cli.control.regenerateMetadata(named);
  cli.output.value({ session });
  cli.output.tell(
    session.flightRecorder === true
      ? `Each snapshot of ${called(session)} has the time of day anew`
      : `Regenerated the metadata of ${called(session)}: its traces have the present time of day`,
  );
}
