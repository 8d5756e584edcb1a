/** What `start`, `stop` and commands like them share: one session or several, and a request about each (R2.5). */
import { hasWildcard, matchesGlob } from '../../src/base/glob.ts';
import type { SessionKey } from '../control/api/current.ts';
import type { Session } from '../control/api/session.ts';
import type { Cli } from './context.ts';
import { asFailure, CliFailure, EXIT, usageFailure } from './failure.ts';
import { called, namedSession, oneOf } from './sessions.ts';
import type { Given } from './table/declare.ts';
import type { START } from './table/sessions.ts';
import { noteShortage } from './text/shortage.ts';

export type SessionOptions = Given<typeof START>;

interface SessionRequest {
  /** Resolves to the session as it is afterwards. */
  readonly act: (session: SessionKey) => Promise<Session>;
  /** Prints the result. */
  readonly tell: (session: Session) => void | Promise<void>;
}

/** Sends the request for the sessions that the command line names. */
export async function requestAboutSessions(
  cli: Cli,
  options: SessionOptions,
  name: string | undefined,
  request: SessionRequest,
): Promise<void> {
  const asked = askedFor(options, name);
  const isAll = options.all === true;
  if (isAll || (asked !== undefined && hasWildcard(asked))) {
    await tryEach(cli, await ownSessions(cli, asked), inSession, ({ uuid }) =>
      requestAboutOne(cli, uuid, request),
    );
  } else await requestAboutOne(cli, namedSession(asked, undefined), request);
}

/** What a command line with `--all` calls its sessions; undefined: it names none. */
export function askedFor(options: SessionOptions, name: string | undefined): string | undefined {
  const asked = oneOf(name, options.session);
  if (options.all !== true || asked === undefined) return asked;
  throw usageFailure('Name a session or use --all, not both');
}

/** The sessions of this user, all or those that the pattern matches. */
export async function ownSessions(
  { control, output, world }: Cli,
  pattern: string | undefined,
): Promise<readonly Session[]> {
  const sessions = await control.list({ mayStart: false });
  const chosen = sessions.filter(
    ({ uid, name }) =>
      uid === world.identity.uid && (pattern === undefined || matchesGlob(pattern, name)),
  );
  if (chosen.length > 0) return chosen;
  if (pattern === undefined) output.tell('You have no session');
  else throw new CliFailure('NO_SESSION', `No session of yours matches ${pattern}`, EXIT.refused);
  return chosen;
}

/** What precedes an error when there are several sessions. */
export function inSession(session: Pick<Session, 'name'>): string {
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
  session: SessionKey,
  { act, tell }: SessionRequest,
): Promise<void> {
  const after = await act(session);
  cli.output.value({ session: after });
  await tell(after);
  noteShortage(cli, after);
}
