/** `lttng start`: starts or resumes recording (R2.5). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';

export function addStart(program: Command, cliOf: CliOf): void {
  addSessionCommand(program, cliOf, {
    name: 'start',
    summary: 'start recording',
    description: 'Starts recording, or resumes it in a stopped session, until "lttng stop".',
    op: 'session.start',
    tell: ({ output }, session) => {
      output.tell(`Started recording in ${called(session)}`);
      if (!session.channels.some(({ rules }) => rules.some(({ enabled }) => enabled))) {
        output.note(`No event is enabled yet; lttng add-event '*' enables all`);
      }
    },
  });
}
