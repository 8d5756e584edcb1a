/** `lttng regenerate`: what LTTng does after a step of the clock, another command does here. */
import type { Session } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { CliFailure, EXIT, usageFailure } from '../failure.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { REGENERATE } from '../table/sessions.ts';
import { isRemote } from '../where.ts';

export async function regenerate(
  cli: Cli,
  options: Given<typeof REGENERATE>,
  what: string,
): Promise<void> {
  if (what !== 'metadata' && what !== 'statedump') {
    throw usageFailure(`Regenerate metadata or statedump, not "${what}"`);
  }
  const session = await cli.control.get(namedSession(undefined, options.session));
  const refusal = what === 'metadata' ? whyNotMetadata(session) : 'Programs record no state dump';
  if (refusal !== undefined) throw new CliFailure('NOT_ALLOWED', refusal, EXIT.refused);
  cli.output.value({ session });
  cli.output.tell(`Each snapshot of ${called(session)} has the time of day anew`);
}

/** As LTTng refuses it for buffers of single processes. Undefined: it needs no metadata of its own. */
function whyNotMetadata(session: Session): string | undefined {
  if (session.flightRecorder === true) return undefined;
  const next = isRemote(session)
    ? '"lttng disable-consumer" and "lttng enable-consumer" begin new ones'
    : '"lttng rotate" begins new ones';
  return `The traces of ${called(session)} keep the time that they began with; ${next} with the present time`;
}
