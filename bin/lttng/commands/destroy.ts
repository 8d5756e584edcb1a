/** `lttng destroy`: ends a session; its trace stays (R2.5). */
import type { Command } from 'commander';
import { removeConfig } from '../../control/session-config.ts';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';

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
    tell: ({ world, output }, session) => {
      removeConfig(world, session.output, session.uuid);
      const left = session.flightRecorder ? 'its snapshots stay' : 'its trace stays';
      output.tell(`Destroyed ${called(session)}; ${left} in ${session.output}`);
    },
  });
}
