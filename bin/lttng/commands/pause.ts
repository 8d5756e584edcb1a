/** `lttng pause`: halts recording at once; buffers and consumer stay (R1.29). */
import type { Cli } from '../context.ts';
import { noteShortage } from '../describe.ts';
import { requestAboutSession, type SessionOptions } from '../session-command.ts';
import { called } from '../sessions.ts';

export async function pause(cli: Cli, options: SessionOptions, name?: string): Promise<void> {
  const session = await requestAboutSession(cli, 'session.pause', options, name);
  cli.output.tell(`Paused ${called(session)}; "lttng start" resumes it`);
  noteShortage(cli, session);
}
