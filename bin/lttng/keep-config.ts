/** The `.lttng/config` of a session that a command has just created (R2.4). */
import { inOrder } from '../../actors/client/plans/plan.ts';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import { writeConfig } from '../control/session-config.ts';
import type { Cli } from './context.ts';
import { CliFailure, EXIT } from './failure.ts';

/** When that fails, no command in the directory would use the session: destroys it again. */
export async function keepConfig(cli: Cli, session: SessionInfo, output: string): Promise<void> {
  const { name, uuid } = session;
  const written = writeConfig(cli.world, output, { version: 1, session: { name, uuid }, output });
  if (written.ok) return;
  await cli.client.run(inOrder([{ op: 'session.destroy', session: uuid }]), 'running-registry');
  const { subject, code } = written.error;
  throw new CliFailure('NO_OUTPUT', `Cannot write ${subject} (${code})`, EXIT.file);
}
