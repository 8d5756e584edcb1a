/** `lttng start`: begins or goes on recording (R2.5). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';

export function addStart(program: Command, cliOf: CliOf): void {
  addSessionCommand(program, cliOf, {
    name: 'start',
    summary: 'record',
    description: 'Records until "lttng stop"; a stopped session goes on.',
    op: 'session.start',
    tell: ({ output }, session) => {
      output.tell(`Recording in ${called(session)}`);
      if (!session.channels.some(({ rules }) => rules.some(({ enabled }) => enabled))) {
        output.note(`No event is enabled yet; lttng add-event '*' enables all`);
      }
    },
  });
}
