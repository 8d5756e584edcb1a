/** What the calls of a control share: its client, and requests, which a program may give wrong. */
import * as v from 'valibot';
import type { Refusal, StartPolicy } from '../../actors/client/courses/course.ts';
import type { MeantError } from '../../actors/client/courses/in-session.ts';
import type { Found, PartsCommand } from '../../actors/client/plans/parts.ts';
import type { Plan, StepResult } from '../../actors/client/plans/plan.ts';
import type { Result } from '../../src/base/result.ts';
import { type Operation, operation, type SessionInfo } from '../../src/wire/control/messages.ts';
import type { SessionKey } from './api/current.ts';
import type { Texts } from './api/options.ts';
import { throwFailure, usageError } from './errors.ts';
import type { RegistryClient } from './registry-client.ts';
import { sessionError } from './session-error.ts';
import { checkedKey, requestInParts, requestInSession } from './sessions.ts';

/** What the calls of one control work with. */
export interface Calling {
  readonly client: RegistryClient;
  /** The path of the module that Node.js loads into programs that `run` and `record` start. */
  readonly register: string;
}

/** Carries out a plan; throws its first failure. */
export async function carryOut(
  { client }: Calling,
  plan: Plan,
  policy: StartPolicy,
): Promise<readonly StepResult[]> {
  const results = await client.run(plan, policy);
  throwFailure(results);
  return results;
}

/** Sends requests about a session; resolves to it as it is after the last one. */
export async function requestAbout(
  { client }: Calling,
  session: SessionKey,
  operationsFor: (key: string) => readonly Operation[],
): Promise<SessionInfo> {
  const named = checkedNamed(session, operationsFor);
  return settled(await requestInSession(client, named, operationsFor));
}

/** What a course about a session returns; throws its error. */
export function settled<T>(outcome: Result<T, MeantError | Refusal>): T {
  if (outcome.ok) return outcome.value;
  throw sessionError(outcome.error);
}

/** Sends what a command asks of the parts of a session; resolves to the session as it is after the last answer. */
export async function requestAboutParts(
  { client }: Calling,
  session: SessionKey,
  commandFor: (key: string) => PartsCommand,
): Promise<SessionInfo> {
  const named = checkedNamed(session, (key) => commandFor(key).requestsFor(ONE_PART));
  return settled(await requestInParts(client, named, commandFor));
}

/** What a request says is the same for each part. */
const ONE_PART: Found = { uuid: '', state: 'inactive', channels: [] };

/** The key of the session that a program names; undefined: the current one. */
export function namedBy(session: SessionKey): string | undefined {
  return typeof session === 'symbol' ? undefined : checkedKey(session);
}

/** The same, when the requests about it are checked. */
export function checkedNamed(
  session: SessionKey,
  operationsFor: (key: string) => readonly Operation[],
): string | undefined {
  const named = namedBy(session);
  checkOperations(operationsFor(named ?? 'current'));
  return named;
}

/** Throws an error when a registry would not read one of the requests. */
export function checkOperations(operations: readonly Operation[]): void {
  for (const given of operations) {
    const { issues } = v.safeParse(operation, given);
    const issue = issues?.[0];
    if (issue === undefined) continue;
    const where = v.getDotPath(issue) ?? given.op;
    throw usageError(`The request is wrong at "${where}": ${issue.message}`);
  }
}

export function listOf(texts: Texts): string[] {
  return typeof texts === 'string' ? [texts] : [...texts];
}
