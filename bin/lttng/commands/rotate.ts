/** `lttng rotate`: what a session has recorded so far becomes an archive, a trace of its own. */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';

export function addRotate(program: Command, cliOf: CliOf): void {
  addSessionCommand(program, cliOf, {
    name: 'rotate',
    summary: 'archive what a session has recorded so far',
    description:
      'Moves what a session has recorded so far into OUTPUT/archives/BEGIN-END-NUMBER, which is a trace of its own: ' +
      'nothing more is written to it. Recording continues.',
    op: 'session.rotate',
    tell: ({ output }, session) => {
      const archive = session.rotation?.archive;
      output.tell(
        archive === undefined
          ? `Nothing was recorded since the last rotation of ${called(session)}: there is no archive`
          : `Rotated ${called(session)}; the archive is in ${archive}`,
      );
    },
  });
}
