/**
 * The plan of `lttng recover`: finishes sessions without consumer and applications. A new consumer writes the rest of
 * their buffers, then the session is destroyed, so that only the trace remains.
 */
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { allPages, failureIn, type Plan, pagesIn, type StepResult, sessionsIn } from './plan.ts';

/**
 * How long a newly started registry may take to learn which processes live: consumers try to rejoin four times a
 * second, and the registry detects dead applications within a second.
 */
const COME_BACK_MS = 1500;

/** What became of one session. */
export interface Recovery {
  readonly session: SessionInfo;
  /** Why the session still exists. */
  readonly failure: Extract<StepResult, { kind: 'failure' }> | undefined;
}

/** Two steps for each session to recover; the failure of one session does not stop the others. */
export function recoverPlan(uid: number, named: string | undefined): Plan {
  const lists = allPages(['session.list']);
  return (results) => {
    if (results.some((result) => result.kind === 'failure' && result.code === 'INTERRUPTED')) {
      return undefined;
    }
    if (results.length === 0) return { kind: 'rest', ms: COME_BACK_MS };
    const listed = listedIn(results);
    const list = lists(listed);
    if (list !== undefined) return list;
    if (failureIn(listed) !== undefined) return undefined;
    const lost = lostIn(listed, uid, named);
    const done = results.length - 1 - listed.length;
    const session = lost[Math.floor(done / 2)];
    if (session === undefined) return undefined;
    const op = done % 2 === 0 ? 'consumer.continue' : 'session.destroy';
    return { kind: 'request', operation: { op, session: session.uuid } };
  };
}

/** The outcomes of a finished plan. A session that was being destroyed is gone once a consumer has finished it. */
export function recoveriesIn(
  results: readonly StepResult[],
  uid: number,
  named: string | undefined,
): readonly Recovery[] {
  const listed = listedIn(results);
  const rest = results.slice(1 + listed.length);
  return lostIn(listed, uid, named).map((session, index) => {
    const [continued, destroyed] = rest.slice(2 * index, 2 * index + 2);
    const isGone =
      destroyed?.kind === 'reply' ||
      (destroyed?.kind === 'failure' && destroyed.code === 'NO_SESSION') ||
      (continued?.kind === 'reply' && session.state === 'destroying');
    const failed = [destroyed, continued].find((result) => result?.kind === 'failure');
    return { session, failure: isGone || failed?.kind !== 'failure' ? undefined : failed };
  });
}

/** The unfinished sessions of this user, or the named one, that have a consumer or applications: not recovered. */
export function aliveIn(
  results: readonly StepResult[],
  uid: number,
  named: string | undefined,
): readonly SessionInfo[] {
  const listed = listedIn(results);
  const lost = lostIn(listed, uid, named);
  return sessionsIn(listed).filter(
    (session) =>
      session.uid === uid &&
      (isUnfinished(session) || (session.flightRecorder && session.state !== 'inactive')) &&
      (named === undefined || isNamed(session, named)) &&
      !lost.includes(session),
  );
}

/** Whether this user has the named session, in whatever state. */
export function isThere(results: readonly StepResult[], uid: number, named: string): boolean {
  return sessionsIn(listedIn(results)).some(
    (session) => session.uid === uid && isNamed(session, named),
  );
}

/** The pages of the list, the first results after the initial wait. */
function listedIn(results: readonly StepResult[]): readonly StepResult[] {
  return pagesIn(results.slice(1));
}

/**
 * Sessions of this user that have no consumer and no application any more; a session that is named may have
 * applications.
 */
function lostIn(
  listed: readonly StepResult[],
  uid: number,
  named: string | undefined,
): readonly SessionInfo[] {
  return sessionsIn(listed).filter((session) => {
    const isLost = session.consumerPid === undefined && isUnfinished(session);
    const isMeant = named === undefined ? session.writers === 0 : isNamed(session, named);
    return session.uid === uid && isLost && isMeant;
  });
}

function isNamed({ name, uuid }: SessionInfo, named: string): boolean {
  return name === named || uuid === named;
}

/** A flight recorder is never unfinished: its buffers are kept for snapshots until its user destroys it. */
function isUnfinished({ flightRecorder, state, streams }: SessionInfo): boolean {
  if (flightRecorder) return false;
  return streams > 0 || (state !== 'inactive' && state !== 'stopped');
}
