/** `lttng clear`: removes what a session has recorded since its last rotation. */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';

export function addClear(program: Command, cliOf: CliOf): void {
  addSessionCommand(program, cliOf, {
    name: 'clear',
    summary: 'remove what a session has recorded so far',
    description:
      'Removes what a session has recorded since its last rotation, from its trace and from its buffers. Recording ' +
      'continues; archives of earlier rotations stay.',
    op: 'session.clear',
    tell: ({ output }, session) =>
      output.tell(`Cleared ${called(session)}: what it had recorded is gone`),
  });
}
