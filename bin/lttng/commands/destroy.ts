/** `lttng destroy`: ends a session; its trace stays (R2.5). */
import type { World } from '../../../src/port/world.ts';
import { hasTrace } from '../../../src/view/summary.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { removeConfig } from '../../control/session-config.ts';
import type { Cli } from '../context.ts';
import { noteShortage } from '../describe.ts';
import { requestAboutSession } from '../session-command.ts';
import { called } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { DESTROY } from '../table/sessions.ts';
import { isRemote, whereText } from '../where.ts';

export async function destroy(
  cli: Cli,
  options: Given<typeof DESTROY>,
  name?: string,
): Promise<void> {
  const session = await requestAboutSession(cli, 'session.destroy', options, name);
  if (session.output !== undefined) removeConfig(cli.world, session.output, session.uuid);
  cli.output.tell(`Destroyed ${called(session)}; ${whatStays(cli.world, session)}`);
  noteShortage(cli, session);
}

function whatStays(world: World, session: SessionInfo): string {
  const { flightRecorder, output, uuid } = session;
  if (flightRecorder) return `snapshots that were taken stay, by default in ${output}`;
  if (isRemote(session) || output === undefined) return `its trace is at ${whereText(session)}`;
  return hasTrace(world, output, uuid)
    ? `its trace stays in ${output}`
    : `it has recorded nothing to ${output}`;
}
