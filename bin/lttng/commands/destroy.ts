/** `lttng destroy`: ends a session; its trace stays (R2.5). */
import type { Command } from 'commander';
import { removeConfig } from '../../control/session-config.ts';
import { safe } from '../../terminal/output.ts';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';

export function addDestroy(program: Command, cliOf: CliOf): void {
  addSessionCommand(program, cliOf, {
    name: 'destroy',
    summary: 'end a session; its trace stays',
    description:
      'Stops a session, waits until everything is written, and forgets the session. Its trace stays.',
    op: 'session.destroy',
    abandonOption: ['--abandon', 'also when nobody can write what its buffers hold: that is lost'],
    tell: ({ world, output }, session) => {
      removeConfig(world, session.output, session.uuid);
      const left = session.flightRecorder ? 'snapshots of it stay' : 'its trace stays';
      output.tell(`Destroyed ${called(session)}; ${left} in ${safe(session.output)}`);
    },
  });
}
