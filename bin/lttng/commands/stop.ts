/** `lttng stop`: stops recording until the next start (R2.5). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';

export function addStop(program: Command, cliOf: CliOf): void {
  addSessionCommand(program, cliOf, {
    name: 'stop',
    summary: 'stop recording',
    description:
      'Stops recording and waits until the trace is written. "lttng start" resumes recording.',
    op: 'session.stop',
    tell: ({ output }, session) =>
      output.tell(
        session.flightRecorder
          ? `Stopped ${called(session)}; lttng snapshot copies what its buffers hold`
          : `Stopped ${called(session)}; its trace is in ${session.output}`,
      ),
  });
}
