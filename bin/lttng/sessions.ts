/** Sessions on the command line: how they are named, asked about, and called in sentences. */
import type { World } from '../../src/port/world.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import { type Config, readConfig } from '../control/session-config.ts';
import { requestInSession, sessionKeyOf } from '../control/sessions.ts';
import { safe } from '../terminal/output.ts';
import type { Cli } from './context.ts';
import { type CliFailure, sessionFailure, usageFailure } from './failure.ts';

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
  const key = sessionKeyOf(named);
  if (key === undefined) throw wrongName(named);
  return key;
}

export function checkSessionName(name: string): void {
  if (sessionKeyOf(name) === undefined) throw wrongName(name);
}

function wrongName(name: string): CliFailure {
  return usageFailure(
    `A session name is 1 to 200 letters, digits, "_", "." and "-", not beginning with "." or "-", not "${name}"`,
  );
}

/** One request about the session; answers the session as it is afterwards. */
export function requestFor(
  cli: Cli,
  named: string | undefined,
  operation: (session: string) => Operation,
): Promise<SessionInfo> {
  return requestsFor(cli, named, (session) => [operation(session)]);
}

/** Several; answers the session as it is after the last one. */
export async function requestsFor(
  { client }: Cli,
  named: string | undefined,
  operations: (session: string) => readonly Operation[],
): Promise<SessionInfo> {
  const asked = await requestInSession(client, named, operations);
  if (!asked.ok) throw sessionFailure(asked.error);
  return asked.value;
}

/** The `.lttng/config` of a directory; throws one sentence when there is one that is not taken. */
export function configIn(world: World, directory: string): Config | undefined {
  const read = readConfig(world, directory);
  if (!read.ok) throw sessionFailure(read.error);
  return read.value;
}

/** `session web`: for sentences. */
export function called({ name }: SessionInfo): string {
  return `session ${safe(name)}`;
}
