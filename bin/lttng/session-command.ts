/** What `start`, `stop` and commands like them share: one session or several, and a request about each (R2.5). */
import { ownSessionsIn } from '../../actors/client/plans/only-session.ts';
import { allPages } from '../../actors/client/plans/plan.ts';
import { hasWildcard, matchesGlob } from '../../src/base/glob.ts';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import type { Cli } from './context.ts';
import { noteShortage } from './describe.ts';
import { asFailure, CliFailure, EXIT, throwFailure, usageFailure } from './failure.ts';
import { called, namedSession, oneOf, requestsFor } from './sessions.ts';
import type { Given } from './table/declare.ts';
import type { DESTROY, START } from './table/sessions.ts';

export type SessionOptions = Given<typeof START>;

interface SessionRequest {
  readonly op: `session.${'start' | 'pause' | 'stop' | 'destroy' | 'rotate' | 'clear'}`;
  /** Prints the result; the session is as it is after the request. */
  readonly tell: (session: SessionInfo) => void | Promise<void>;
}

/** Sends the request for the sessions that the command line names. */
export async function requestAboutSessions(
  cli: Cli,
  options: Given<typeof DESTROY>,
  name: string | undefined,
  request: SessionRequest,
): Promise<void> {
  const asked = askedFor(options, name);
  const isAll = options.all === true;
  if (isAll || (asked !== undefined && hasWildcard(asked))) {
    await tryEach(cli, await ownSessions(cli, asked), inSession, ({ uuid }) =>
      requestAboutOne(cli, options, uuid, request),
    );
  } else await requestAboutOne(cli, options, namedSession(asked, undefined), request);
}

/** What a command line with `--all` calls its sessions; undefined: it names none. */
export function askedFor(options: SessionOptions, name: string | undefined): string | undefined {
  const asked = oneOf(name, options.session);
  if (options.all !== true || asked === undefined) return asked;
  throw usageFailure('Name a session or use --all, not both');
}

/** The sessions of this user, all or those that the pattern matches. */
export async function ownSessions(
  { client, output }: Cli,
  pattern: string | undefined,
): Promise<readonly SessionInfo[]> {
  const results = await client.run(allPages(['session.list']), 'running-registry');
  throwFailure(results);
  const own = ownSessionsIn(results, client.world.identity.uid);
  const chosen = own.filter(({ name }) => pattern === undefined || matchesGlob(pattern, name));
  if (chosen.length > 0) return chosen;
  if (pattern === undefined) output.tell('You have no session');
  else throw new CliFailure('NO_SESSION', `No session of yours matches ${pattern}`, EXIT.refused);
  return chosen;
}

/** What precedes an error when there are several sessions. */
export function inSession(session: Pick<SessionInfo, 'name'>): string {
  return `In ${called(session)}: `;
}

/** One that fails does not keep the others back; the first failure decides the status. */
export async function tryEach<T>(
  cli: Cli,
  all: readonly T[],
  prefixOf: (one: T) => string,
  act: (one: T) => void | Promise<void>,
): Promise<void> {
  for (const one of all) {
    try {
      await act(one);
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (failure === undefined || failure.code === 'INTERRUPTED') throw thrown;
      cli.output.error(failure.code, prefixOf(one) + failure.message);
      process.exitCode ??= failure.exitStatus;
    }
  }
}

async function requestAboutOne(
  cli: Cli,
  options: Given<typeof DESTROY>,
  named: string | undefined,
  { op, tell }: SessionRequest,
): Promise<void> {
  const abandon = options.abandon === true ? { abandon: true } : {};
  const session = await requestsFor(cli, named, (key) => [
    // The reply describes the session even if another client destroys it at the same time.
    ...(op === 'session.destroy' ? [{ op: 'session.get' as const, session: key }] : []),
    { op, session: key, ...abandon },
  ]);
  cli.output.value({ session });
  await tell(session);
  noteShortage(cli, session);
}
