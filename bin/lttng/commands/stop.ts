/** `lttng stop`: stops recording until the next start (R2.5). */
import type { World } from '../../../src/port/world.ts';
import type { Session } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { requestAboutSessions, type SessionOptions } from '../session-command.ts';
import { called } from '../sessions.ts';
import { hasTrace } from '../trace-report.ts';
import { isRemote, whereText } from '../where.ts';

export async function stop(cli: Cli, options: SessionOptions, name?: string): Promise<void> {
  const { output, world } = cli;
  await requestAboutSessions(cli, options, name, {
    act: cli.control.stop,
    tell: async (session) =>
      output.tell(`Stopped ${called(session)}; ${await whatItHas(world, session)}`),
  });
}

async function whatItHas(world: World, session: Session): Promise<string> {
  const { flightRecorder, output, uuid } = session;
  if (flightRecorder) return 'lttng snapshot copies what its buffers hold';
  if (isRemote(session) || output === undefined) return `its trace is at ${whereText(session)}`;
  return (await hasTrace(world, output, uuid))
    ? `its trace is in ${output}`
    : `it has recorded nothing to ${output} yet`;
}
