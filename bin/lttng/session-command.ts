/** What `start`, `pause`, `stop` and `destroy` share: a session and one request (R2.5). */
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import type { Cli } from './context.ts';
import { namedSession, requestsFor } from './sessions.ts';
import type { Given } from './table/declare.ts';
import type { DESTROY, START } from './table/sessions.ts';

export type SessionOptions = Given<typeof START>;

/** Sends the request; returns the session as it is afterwards. */
export async function requestAboutSession(
  cli: Cli,
  op: 'session.start' | 'session.pause' | 'session.stop' | 'session.destroy',
  options: Given<typeof DESTROY>,
  name: string | undefined,
): Promise<SessionInfo> {
  const abandon = options.abandon === true ? { abandon: true } : {};
  const session = await requestsFor(cli, namedSession(name, options.session), (key) => [
    // The reply describes the session even if another client destroys it at the same time.
    ...(op === 'session.destroy' ? [{ op: 'session.get' as const, session: key }] : []),
    { op, session: key, ...abandon },
  ]);
  cli.output.value({ session });
  return session;
}
