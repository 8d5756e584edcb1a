/** `lttng destroy`: ends a session; its trace stays (R2.5). */
import type { World } from '../../../src/port/world.ts';
import type { Session } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { requestAboutSessions } from '../session-command.ts';
import { called } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { DESTROY } from '../table/sessions.ts';
import { hasTrace } from '../trace-report.ts';
import { isRemote, whereText } from '../where.ts';

export async function destroy(
  cli: Cli,
  options: Given<typeof DESTROY>,
  name?: string,
): Promise<void> {
  const { output, world } = cli;
  await requestAboutSessions(cli, options, name, {
    act: (session) => cli.control.destroy(session, { abandon: options.abandon }),
    tell: async (session) =>
      output.tell(`Destroyed ${called(session)}; ${await whatStays(world, session)}`),
  });
}

async function whatStays(world: World, session: Session): Promise<string> {
  const { flightRecorder, output, uuid } = session;
  if (flightRecorder) return `snapshots that were taken stay, by default in ${output}`;
  if (isRemote(session) || output === undefined) return `its trace is at ${whereText(session)}`;
  return (await hasTrace(world, output, uuid))
    ? `its trace stays in ${output}`
    : `it has recorded nothing to ${output}`;
}
