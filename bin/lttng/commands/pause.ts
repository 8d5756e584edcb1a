/** `lttng pause`: halts recording at once; buffers and consumer stay (R1.29). */
import type { Cli } from '../context.ts';
import { requestAboutSessions, type SessionOptions } from '../session-command.ts';
import { called } from '../sessions.ts';

export async function pause(cli: Cli, options: SessionOptions, name?: string): Promise<void> {
  await requestAboutSessions(cli, options, name, {
    act: cli.control.pause,
    tell: (session) => cli.output.tell(`Paused ${called(session)}; "lttng start" resumes it`),
  });
}
