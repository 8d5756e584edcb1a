/** `lttng pause`: halts recording at once; buffers and consumer stay (R1.29). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { addSessionCommand } from '../session-command.ts';
import { called } from '../sessions.ts';

export function addPause(program: Command, cliOf: CliOf): void {
  addSessionCommand(program, cliOf, {
    name: 'pause',
    summary: 'halt recording, and keep buffers and consumer',
    description:
      'Halts recording at once, without waiting until the trace is written. Buffers and consumer stay, also without ' +
      'room on the disk. "lttng start" resumes recording, "lttng stop" writes what the buffers hold.',
    op: 'session.pause',
    tell: ({ output }, session) =>
      output.tell(`Paused ${called(session)}; "lttng start" resumes it`),
  });
}
