/** Creates sessions: of files, and of a relay. Throws a {@link ControlError}. */
import { createRemotePlan, type RemoteSession } from '../../actors/client/plans/create-remote.ts';
import { inOrder, lastSessionIn } from '../../actors/client/plans/plan.ts';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import { ControlError, failureError } from './control-error.ts';
import type { OutputDirectory } from './output-directory.ts';
import type { RegistryClient } from './registry-client.ts';
import { writeConfig } from './session-config.ts';
import { ANSWERED_WITHOUT_SESSION, throwFailure } from './sessions.ts';

/** A session whose trace, or whose snapshots, go to this directory. It is released when there is no session. */
export async function createInDirectory(
  client: RegistryClient,
  directory: OutputDirectory,
  isFlightRecorder: boolean,
): Promise<SessionInfo> {
  const { name, path: output } = directory;
  const flightRecorder = isFlightRecorder ? ({ flightRecorder: true } as const) : {};
  const operation = { op: 'session.create', name, output, ...flightRecorder } as const;
  let session: SessionInfo | undefined;
  try {
    const results = await client.run(inOrder([operation]), 'start-registry');
    throwFailure(results);
    session = lastSessionIn(results);
  } finally {
    if (session === undefined) directory.release();
  }
  if (session === undefined) throw failureError(ANSWERED_WITHOUT_SESSION);
  await keepConfig(client, session, output);
  return session;
}

/** A session whose trace goes to a relay has no directory. */
export async function createAtRelay(
  client: RegistryClient,
  remote: RemoteSession,
): Promise<SessionInfo> {
  const results = await client.run(createRemotePlan(remote), 'start-registry');
  throwFailure(results);
  const session = lastSessionIn(results);
  if (session === undefined) throw failureError(ANSWERED_WITHOUT_SESSION);
  return session;
}

/** Writes the configuration. When that fails, no command there would use the session: destroys it again. */
export async function keepConfig(
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
