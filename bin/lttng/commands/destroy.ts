/** `lttng destroy`: ends a session; its trace stays (R2.5). */
import type { Command } from 'commander';
import type { World } from '../../../src/port/world.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { removeConfig } from '../../control/session-config.ts';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';
import { hasTrace } from '../trace-report.ts';
import { isRemote, whereText } from '../where.ts';

export function addDestroy(program: Command, cliOf: CliOf): void {
  addSessionCommand(program, cliOf, {
    name: 'destroy',
    summary: 'destroy a session; its trace stays',
    description:
      'Stops a session, waits until its trace is written, and removes the session. The trace stays.',
    op: 'session.destroy',
    abandonOption: [
      '--abandon',
      'destroy it even if the events in its buffers cannot be written: they are lost, and counted',
    ],
    tell: async ({ world, output }, session) => {
      if (session.output !== undefined) removeConfig(world, session.output, session.uuid);
      output.tell(`Destroyed ${called(session)}; ${await whatStays(world, session)}`);
    },
  });
}

async function whatStays(world: World, session: SessionInfo): Promise<string> {
  const { flightRecorder, output, uuid } = session;
  if (flightRecorder) return `snapshots that were taken stay, by default in ${output}`;
  if (isRemote(session) || output === undefined) return `its trace is at ${whereText(session)}`;
  return (await hasTrace(world, output, uuid))
    ? `its trace stays in ${output}`
    : `it has recorded nothing to ${output}`;
}
