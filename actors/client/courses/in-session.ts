/** Courses about the session that a command means. */
import { fail, ok, type Result } from '../../../src/base/result.ts';
import { chooseSession } from '../../../src/kept/choice.ts';
import { forgetSession } from '../../../src/kept/current-session.ts';
import type { ConfigError } from '../../../src/kept/session-config.ts';
import type { World } from '../../../src/port/world.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import {
  ANSWERED_WITHOUT_SESSION,
  inSessionPlan,
  outcomeIn,
  type SessionError,
  type SessionOutcome,
  sessionAfter,
} from '../plans/in-session.ts';
import {
  destroyCommand,
  type PartsCommand,
  partsFailureIn,
  partsPlan,
  wholeSessionIn,
} from '../plans/parts.ts';
import { inOrder, type Plan } from '../plans/plan.ts';
import type { Course } from './course.ts';

/** Why there is no session, or the first failure of the plan. */
export type MeantError = SessionError | ConfigError;
export type MeantOutcome = SessionOutcome<MeantError>;

/** Carries out a plan for a session over one connection. `named` undefined: for the one that is meant. */
export function* inSession(
  world: World,
  named: string | undefined,
  planFor: (session: string) => Plan,
): Course<MeantOutcome> {
  const { uid } = world.identity;
  const choice = chooseSession(world, named);
  if (!choice.ok) return { results: [], error: choice.error };
  const plan = inSessionPlan(choice.value, uid, planFor);
  const results = yield { plan, start: 'running-registry' };
  return outcomeIn(choice.value, uid, results);
}

/** Sends requests about a session; returns the session as it is after the last one. */
export function* requestAbout(
  world: World,
  named: string | undefined,
  operationsFor: (session: string) => readonly Operation[],
): Course<Result<SessionInfo, MeantError>> {
  const planFor = (session: string): Plan => inOrder(operationsFor(session));
  const { results, error } = yield* inSession(world, named, planFor);
  if (error !== undefined) return fail(error);
  const session = sessionAfter(results);
  return session === undefined ? fail(ANSWERED_WITHOUT_SESSION) : ok(session);
}

/** Carries out a command on the parts of a session; returns the session as it is after the last answer. */
export function* requestAboutParts(
  world: World,
  named: string | undefined,
  commandFor: (session: string) => PartsCommand,
): Course<Result<SessionInfo, MeantError>> {
  const planFor = (session: string): Plan => partsPlan(session, commandFor(session));
  const { results, error } = yield* inSession(world, named, planFor);
  if (error?.kind === 'failure') {
    return fail(partsFailureIn(commandFor(named ?? 'current'), results) ?? error);
  }
  if (error !== undefined) return fail(error);
  const session = sessionAfter(results, wholeSessionIn(results));
  return session === undefined ? fail(ANSWERED_WITHOUT_SESSION) : ok(session);
}

/** How a session is destroyed. */
export interface Destroying {
  readonly abandon?: true;
  readonly noWait?: true;
}

/** Destroys a session, which is then neither the current one nor that of its directory. */
export function* destroy(
  world: World,
  named: string | undefined,
  how: Destroying,
): Course<Result<SessionInfo, MeantError>> {
  const gone = yield* requestAboutParts(world, named, (session) => destroyCommand(session, how));
  if (gone.ok) forgetSession(world, gone.value);
  return gone;
}
