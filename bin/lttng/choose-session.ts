/**
 * Which session a command is about: the one that was named, else that of `.lttng/config` in the working directory,
 * else this user's only one.
 */
import {
  allPages,
  type ClientErrorCode,
  failureIn,
  inOrder,
  type StepResult,
} from '../../actors/client/plans/plan.ts';
import { isUuid } from '../../src/base/uuid.ts';
import { sessionName } from '../../src/wire/common.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import { safe } from '../terminal/output.ts';
import type { Cli } from './context.ts';
import { CliFailure, EXIT, statusOf, usageFailure } from './failure.ts';
import { fits } from './options/global.ts';
import { readConfig } from './session-config.ts';

/** What was chosen, and how it is called in sentences. */
export interface ChosenSession {
  /** Name or UUID, as requests take it. */
  readonly key: string;
  readonly isFromConfig: boolean;
}

/** The flags of the option that names a session, alike in every command. */
export const SESSION_OPTION = ['-s, --session <session>', 'the session, by name or UUID'] as const;

/** A session that was named twice (as an argument and by `-s`) has one name. */
export function namedSession(
  argument: string | undefined,
  option: string | undefined,
): string | undefined {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw usageFailure(`Name one session, not "${argument}" and "${option}"`);
  }
  const named = argument ?? option;
  if (named === undefined) return undefined;
  if (isUuid(named)) return named.toLowerCase();
  checkSessionName(named);
  return named;
}

export function checkSessionName(name: string): void {
  if (fits(sessionName, name)) return;
  throw usageFailure(
    `A session name is 1 to 200 letters, digits, "_", "." and "-", not beginning with "." or "-", not "${name}"`,
  );
}

/** The session to use; throws one clear sentence when there is none, or several. */
export async function chooseSession(cli: Cli, named: string | undefined): Promise<ChosenSession> {
  if (named !== undefined) return { key: named, isFromConfig: false };
  const { identity } = cli.world;
  const config = readConfig(cli.world, identity.workingDirectory);
  if (config !== undefined) return { key: config.session.uuid, isFromConfig: true };
  const own = (await listSessions(cli)).filter(({ uid }) => uid === identity.uid);
  const [only, another] = own;
  if (only === undefined) {
    throw new CliFailure(
      'NO_SESSION',
      'There is no session; "lttng create" makes one',
      EXIT.refused,
    );
  }
  if (another !== undefined) {
    const names = own.map(({ name }) => name).join(', ');
    throw usageFailure(`Name one of the ${own.length} sessions with -s: ${names}`);
  }
  return { key: only.uuid, isFromConfig: false };
}

async function listSessions(cli: Cli): Promise<readonly SessionInfo[]> {
  const results = await cli.attempt(allPages(['session.list']), 'running-registry');
  throwFailure(results, undefined);
  return sessionsIn(results);
}

/** One request about the chosen session; answers the session as it is afterwards. */
export function requestFor(
  cli: Cli,
  named: string | undefined,
  operation: (session: string) => Operation,
): Promise<SessionInfo> {
  return requestsFor(cli, named, (session) => [operation(session)]);
}

/** Several; answers the session as it is after the last one. */
export async function requestsFor(
  cli: Cli,
  named: string | undefined,
  operations: (session: string) => readonly Operation[],
): Promise<SessionInfo> {
  const chosen = await chooseSession(cli, named);
  const results = await cli.attempt(inOrder(operations(chosen.key)), 'running-registry');
  throwFailure(results, chosen);
  const session = results.map((result) => sessionOf(result)).findLast((one) => one !== undefined);
  if (session === undefined) {
    throw new CliFailure('NO_ANSWER', 'The registry answered without a session', EXIT.noRegistry);
  }
  return results.at(-1)?.kind === 'gone' ? { ...session, state: 'destroying' } : session;
}

function sessionOf(result: StepResult): SessionInfo | undefined {
  return result.kind === 'reply' ? result.value.session : undefined;
}

/** Throws the first failure in words that fit: without a registry there is no session either. */
export function throwFailure(
  results: readonly StepResult[],
  chosen: ChosenSession | undefined,
): void {
  const failed = failureIn(results);
  if (failed === undefined) return;
  throw new CliFailure(failed.code, reasonOf(failed, chosen), statusOf(failed.code));
}

function reasonOf(
  { code, reason }: { code: ClientErrorCode; reason: string },
  chosen: ChosenSession | undefined,
): string {
  if (code === 'NO_REGISTRY')
    return `${reason}, so there is no session; "lttng create" starts both`;
  if (code === 'NO_SESSION' && chosen?.isFromConfig === true) {
    return 'The session of .lttng/config is gone; name another one with -s, or remove the file';
  }
  return reason;
}

export function sessionsIn(results: readonly StepResult[]): readonly SessionInfo[] {
  return results.flatMap((result) =>
    result.kind === 'reply' ? (result.value.sessions ?? []) : [],
  );
}

/** `session web`: for sentences. */
export function called({ name }: SessionInfo): string {
  return `session ${safe(name)}`;
}
