/** Requests that change the kernel part of a session. */
import { ANSWERED_WITHOUT_SESSION } from '../../../actors/client/plans/in-session.ts';
import { kernelChangePlan, presentKernelPlan } from '../../../actors/client/plans/kernel.ts';
import { wholeSessionIn } from '../../../actors/client/plans/parts.ts';
import type { Plan } from '../../../actors/client/plans/plan.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { ControlError } from '../api/control-error.ts';
import type { SessionKey } from '../api/current.ts';
import { type Calling, checkedNamed } from '../requests.ts';
import { sessionError } from '../session-error.ts';
import { runInSession } from '../sessions.ts';

type Change = (part: string) => readonly Operation[];

/** Changes the part, which is made if it is missing; resolves to the session afterwards. */
export function changeKernel(on: Calling, asked: SessionKey, change: Change): Promise<SessionInfo> {
  return run(on, asked, change, kernelChangePlan);
}

/** The same of a part that must be there; otherwise it throws an error with this code. */
export async function changePresentKernel(
  on: Calling,
  asked: SessionKey,
  change: Change,
  missing: 'NO_CHANNEL' | 'NO_RULE',
): Promise<SessionInfo> {
  const session = await run(on, asked, change, presentKernelPlan);
  if (session.kernel !== undefined) return session;
  throw new ControlError(missing, `Session "${session.name}" records nothing of the kernel`);
}

async function run(
  on: Calling,
  asked: SessionKey,
  change: Change,
  planFor: (session: string, change: Change) => Plan,
): Promise<SessionInfo> {
  const named = checkedNamed(asked, change);
  const { results, error } = await runInSession(on.client, named, (key) => planFor(key, change));
  const session = wholeSessionIn(results);
  if (error !== undefined || session === undefined) {
    throw sessionError(error ?? ANSWERED_WITHOUT_SESSION);
  }
  return session;
}
