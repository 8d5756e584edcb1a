/** Sessions on the command line: their names in arguments, in requests and in messages. */
import type { World } from '../../src/port/world.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import { type Config, readConfig } from '../control/session-config.ts';
import { checkedKey, requestInSession } from '../control/sessions.ts';
import type { Cli } from './context.ts';
import { sessionFailure, usageFailure } from './failure.ts';

/** The name of the session, as an argument or by `-s`; both must be equal. */
export function namedSession(
  argument: string | undefined,
  option: string | undefined,
): string | undefined {
  const named = oneOf(argument, option);
  return named === undefined ? undefined : checkedKey(named);
}

/** What a command line calls the session or, with `*`, the sessions. */
export function oneOf(
  argument: string | undefined,
  option: string | undefined,
): string | undefined {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw usageFailure(`Name one session, not "${argument}" and "${option}"`);
  }
  return argument ?? option;
}

/** Sends one request about the session; returns the session as it is afterwards. */
export function requestFor(
  cli: Cli,
  named: string | undefined,
  operation: (session: string) => Operation,
): Promise<SessionInfo> {
  return requestsFor(cli, named, (session) => [operation(session)]);
}

/** Sends several requests; returns the session as it is after the last one. */
export async function requestsFor(
  { client }: Cli,
  named: string | undefined,
  operations: (session: string) => readonly Operation[],
): Promise<SessionInfo> {
  const requested = await requestInSession(client, named, operations);
  if (!requested.ok) throw sessionFailure(requested.error);
  return requested.value;
}

/** The `.lttng/config` of a directory; throws a failure when the file is refused. */
export function configIn(world: World, directory: string | undefined): Config | undefined {
  const read = readConfig(world, directory);
  if (!read.ok) throw sessionFailure(read.error);
  return read.value;
}

/** `session web`: for messages. */
export function called({ name }: Pick<SessionInfo, 'name'>): string {
  return `session ${name}`;
}
