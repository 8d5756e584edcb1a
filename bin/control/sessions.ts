/**
 * Which session a plan is about: the one that is named, else that of `.lttng/config` in the working directory, else
 * this user's only one, which the plan itself looks up.
 */
import * as v from 'valibot';
import { onlySessionPlan, ownSessionsIn } from '../../actors/client/plans/only-session.ts';
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
import type { RegistryClient } from './registry-client.ts';
import { type ConfigError, readConfig } from './session-config.ts';

/** Why a plan about a session was not carried out, or what failed first in it. */
export type SessionError =
  | ClientFailure
  | ConfigError
  /** The session of `.lttng/config` is gone. */
  | { readonly kind: 'current-gone' }
  /** None is named, and the user has none. */
  | { readonly kind: 'no-session' }
  /** None is named, and the user has several. */
  | { readonly kind: 'several-sessions'; readonly names: readonly string[] };

export interface SessionOutcome {
  /** Those of the plan for the session; none when no session was chosen. */
  readonly results: readonly StepResult[];
  readonly error: SessionError | undefined;
}

/** How requests name the session: a UUID in lower case, or a name; undefined for what is neither. */
export function sessionKeyOf(text: string): string | undefined {
  if (isUuid(text)) return text.toLowerCase();
  return v.is(sessionName, text) ? text : undefined;
}

/** Carries out a plan for a session on one connection; it is chosen when `named` is undefined. */
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
  return config.value === undefined
    ? runInOnlySession(client, identity.uid, planFor)
    : runInCurrentSession(client, config.value.session.uuid, planFor);
}

async function runInCurrentSession(
  client: RegistryClient,
  session: string,
  planFor: (session: string) => Plan,
): Promise<SessionOutcome> {
  const results = await client.run(planFor(session), 'running-registry');
  const failed = failureIn(results);
  return { results, error: failed?.code === 'NO_SESSION' ? { kind: 'current-gone' } : failed };
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

/** Requests about a session; answers the session as it is after the last one. */
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

/** A registry that breaks the protocol: each of these requests is answered with its session. */
export const ANSWERED_WITHOUT_SESSION: ClientFailure = {
  kind: 'failure',
  code: 'NO_ANSWER',
  reason: 'The registry answered without a session',
};
