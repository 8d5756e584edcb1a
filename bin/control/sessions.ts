/** The sessions of calls: how requests name them, and plans for the session that is meant. */
import * as v from 'valibot';
import {
  inSession,
  type MeantError,
  type MeantOutcome,
  requestAbout,
  requestAboutParts,
} from '../../actors/client/courses/in-session.ts';
import type { PartsCommand } from '../../actors/client/plans/parts.ts';
import type { Plan } from '../../actors/client/plans/plan.ts';
import type { Result } from '../../src/base/result.ts';
import { isUuid } from '../../src/base/uuid.ts';
import { sessionName } from '../../src/wire/common.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import { usageError } from './errors.ts';
import type { RegistryClient } from './registry-client.ts';

/** The session as requests name it: a UUID in lower case, or a name; undefined when the text is neither. */
export function sessionKeyOf(text: string): string | undefined {
  if (isUuid(text)) return text.toLowerCase();
  return v.is(sessionName, text) ? text : undefined;
}

/** The key of the session that a user names; throws an error when the text is none. */
export function checkedKey(text: string): string {
  const key = sessionKeyOf(text);
  if (key !== undefined) return key;
  throw usageError(
    `A session name is 1 to 200 letters, digits, "_", "." and "-", not beginning with "." or "-", not "${text}"`,
  );
}

/** Carries out a plan for a session over one connection; selects the session when `named` is undefined. */
export function runInSession(
  client: RegistryClient,
  named: string | undefined,
  planFor: (session: string) => Plan,
): Promise<MeantOutcome> {
  return client.follow(inSession(client.world, named, planFor));
}

/** Sends requests about a session; returns the session as it is after the last one. */
export function requestInSession(
  client: RegistryClient,
  named: string | undefined,
  operationsFor: (session: string) => readonly Operation[],
): Promise<Result<SessionInfo, MeantError>> {
  return client.follow(requestAbout(client.world, named, operationsFor));
}

/** The same of a command on the parts of a session. */
export function requestInParts(
  client: RegistryClient,
  named: string | undefined,
  commandFor: (session: string) => PartsCommand,
): Promise<Result<SessionInfo, MeantError>> {
  return client.follow(requestAboutParts(client.world, named, commandFor));
}
