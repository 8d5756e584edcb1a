/** `lttng stop`: stops recording until the next start (R2.5). */
import type { Command } from 'commander';
import type { World } from '../../../src/port/world.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';
import { hasTrace } from '../trace-report.ts';
import { isRemote, whereText } from '../where.ts';

export function addStop(program: Command, cliOf: CliOf): void {
  addSessionCommand(program, cliOf, {
    name: 'stop',
    summary: 'stop recording',
    description:
      'Stops recording and waits until the trace is written. "lttng start" resumes recording.',
    op: 'session.stop',
    tell: async ({ output, world }, session) =>
      output.tell(`Stopped ${called(session)}; ${await whatItHas(world, session)}`),
  });
}

async function whatItHas(world: World, session: SessionInfo): Promise<string> {
  const { flightRecorder, output, uuid } = session;
  if (flightRecorder) return 'lttng snapshot copies what its buffers hold';
  if (isRemote(session) || output === undefined) return `its trace is at ${whereText(session)}`;
  return (await hasTrace(world, output, uuid))
    ? `its trace is in ${output}`
    : `it has recorded nothing to ${output} yet`;
}
