/** Creates sessions: of files, and of a relay. Throws a {@link ControlError}. */
import { wholeSessionIn } from '../../../actors/client/plans/parts.ts';
import { inOrder, type Plan } from '../../../actors/client/plans/plan.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { ControlError } from '../api/control-error.ts';
import { failureError, throwFailure } from '../errors.ts';
import type { RegistryClient } from '../registry-client.ts';
import { writeConfig } from '../session-config.ts';
import { ANSWERED_WITHOUT_SESSION } from '../sessions.ts';
import type { OutputDirectory } from './output-directory.ts';

/** Carries out a plan that creates a session, and returns it as it is after the last step. */
export async function createBy(client: RegistryClient, plan: Plan): Promise<SessionInfo> {
  const results = await client.run(plan, 'start-registry');
  throwFailure(results);
  const session = wholeSessionIn(results);
  if (session === undefined) throw failureError(ANSWERED_WITHOUT_SESSION);
  return session;
}

/**
 * The same for a session whose trace, or whose snapshots, go to this directory: the configuration of the session is
 * written there. The directory is released when there is no session.
 */
export async function createInDirectory(
  client: RegistryClient,
  directory: OutputDirectory,
  plan: Plan,
): Promise<SessionInfo> {
  try {
    const session = await createBy(client, plan);
    await keepConfig(client, session, directory.path);
    return session;
  } catch (thrown) {
    directory.release();
    throw thrown;
  }
}

/** Creates a session without channels for the directory. */
export function directoryPlan({ name, path }: OutputDirectory, isFlightRecorder: boolean): Plan {
  const flightRecorder = isFlightRecorder ? ({ flightRecorder: true } as const) : {};
  return inOrder([{ op: 'session.create', name, output: path, ...flightRecorder }]);
}

/** Writes the configuration. When that fails, no command there would use the session: destroys it again. */
async function keepConfig(
  client: RegistryClient,
  { name, uuid }: SessionInfo,
  output: string,
): Promise<void> {
  const written = writeConfig(client.world, output, {
    version: 1,
    session: { name, uuid },
    output,
  });
  if (written.ok) return;
  await client.run(inOrder([{ op: 'session.destroy', session: uuid }]), 'running-registry');
  const { subject, code } = written.error;
  throw new ControlError('NO_OUTPUT', `Cannot write ${subject} (${code})`);
}
