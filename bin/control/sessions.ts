/**
 * Selects the session of a plan: the named one, otherwise that of `.lttng/config` in the working directory, otherwise
 * the user's current one, otherwise this user's only session, which the plan itself looks up.
 */
import * as v from 'valibot';
import { onlySessionPlan, ownSessionsIn } from '../../actors/client/plans/only-session.ts';
import {
  type PartsCommand,
  partsFailureIn,
  partsPlan,
  wholeSessionIn,
} from '../../actors/client/plans/parts.ts';
import {
  type ClientFailure,
  failureIn,
  inOrder,
  lastSessionIn,
  type Plan,
  pagesIn,
  type StepResult,
} from '../../actors/client/plans/plan.ts';
import { fail, ok, type Result } from '../../src/base/result.ts';
import { isUuid } from '../../src/base/uuid.ts';
import { sessionName } from '../../src/wire/common.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import { readCurrent } from './current-session.ts';
import { usageError } from './errors.ts';
import type { RegistryClient } from './registry-client.ts';
import { type ConfigError, readConfig } from './session-config.ts';

/** Why no session was selected, or the first failure of the plan. */
export type SessionError =
  | ClientFailure
  | ConfigError
  /** The session of `.lttng/config` does not exist any more. */
  | { readonly kind: 'current-gone' }
  /** The current session of the user does not exist any more. */
  | { readonly kind: 'chosen-gone'; readonly name: string }
  /** No session is named, and the user has none. */
  | { readonly kind: 'no-session' }
  /** No session is named, and the user has several. */
  | { readonly kind: 'several-sessions'; readonly names: readonly string[] };

export interface SessionOutcome {
  /** The results of the plan for the session; none when no session was selected. */
  readonly results: readonly StepResult[];
  readonly error: SessionError | undefined;
}

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
export async function runInSession(
  client: RegistryClient,
  named: string | undefined,
  planFor: (session: string) => Plan,
): Promise<SessionOutcome> {
  if (named !== undefined) {
    const results = await client.run(planFor(named), 'running-registry');
    return { results, error: failureIn(results) };
  }
  const { identity } = client.world;
  const config = readConfig(client.world, identity.workingDirectory);
  if (!config.ok) return { results: [], error: config.error };
  if (config.value !== undefined) {
    const { uuid } = config.value.session;
    return runInKnownSession(client, uuid, { kind: 'current-gone' }, planFor);
  }
  const current = readCurrent(client.world);
  if (!current.ok) return { results: [], error: current.error };
  if (current.value === undefined) return runInOnlySession(client, identity.uid, planFor);
  const { uuid, name } = current.value;
  return runInKnownSession(client, uuid, { kind: 'chosen-gone', name }, planFor);
}

async function runInKnownSession(
  client: RegistryClient,
  session: string,
  gone: SessionError,
  planFor: (session: string) => Plan,
): Promise<SessionOutcome> {
  const results = await client.run(planFor(session), 'running-registry');
  const failed = failureIn(results);
  return { results, error: failed?.code === 'NO_SESSION' ? gone : failed };
}

async function runInOnlySession(
  client: RegistryClient,
  uid: number,
  planFor: (session: string) => Plan,
): Promise<SessionOutcome> {
  const all = await client.run(onlySessionPlan(uid, planFor), 'running-registry');
  const results = all.slice(pagesIn(all).length);
  const failed = failureIn(all);
  if (failed !== undefined) return { results, error: failed };
  const own = ownSessionsIn(all, uid);
  if (own.length === 0) return { results, error: { kind: 'no-session' } };
  if (own.length === 1) return { results, error: undefined };
  return { results, error: { kind: 'several-sessions', names: own.map(({ name }) => name) } };
}

/** Sends requests about a session; returns the session as it is after the last one. */
export async function requestInSession(
  client: RegistryClient,
  named: string | undefined,
  operationsFor: (session: string) => readonly Operation[],
): Promise<Result<SessionInfo, SessionError>> {
  const { results, error } = await runInSession(client, named, (session) =>
    inOrder(operationsFor(session)),
  );
  if (error !== undefined) return fail(error);
  const session = lastSessionIn(results);
  if (session === undefined) return fail(ANSWERED_WITHOUT_SESSION);
  return ok(results.at(-1)?.kind === 'gone' ? { ...session, state: 'destroying' } : session);
}

/** The same of a command on the parts of a session. */
export async function requestInParts(
  client: RegistryClient,
  named: string | undefined,
  commandFor: (session: string) => PartsCommand,
): Promise<Result<SessionInfo, SessionError>> {
  const { results, error } = await runInSession(client, named, (session) =>
    partsPlan(session, commandFor(session)),
  );
  if (error?.kind === 'failure') {
    return fail(partsFailureIn(commandFor(named ?? 'current'), results) ?? error);
  }
  if (error !== undefined) return fail(error);
  const session = wholeSessionIn(results);
  if (session === undefined) return fail(ANSWERED_WITHOUT_SESSION);
  return ok(results.at(-1)?.kind === 'gone' ? { ...session, state: 'destroying' } : session);
}

/** The registry broke the protocol: the reply to each of these requests must contain the session. */
export const ANSWERED_WITHOUT_SESSION: ClientFailure = {
  kind: 'failure',
  code: 'NO_ANSWER',
  reason: 'The registry answered without a session',
};
