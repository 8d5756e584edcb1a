/**
 * The plan of `lttng recover`: finishes sessions without consumer and applications. A new consumer writes the rest of
 * their buffers, then the session is destroyed, so that only the trace remains.
 *
 * With a directory, a session whose consumer writes elsewhere than the session was created for, as to a relay, is
 * turned to files first; and a session whose relay is lost is finished although it has a consumer.
 */
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
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

/** Several steps for each session to recover; the failure of one session does not stop the others. */
export function recoverPlan(uid: number, named: string | undefined, into?: string): Plan {
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
    const next = attemptsIn(results, uid, named, into).find((attempt) => attempt.next);
    return next?.next === undefined ? undefined : { kind: 'request', operation: next.next };
  };
}

/** The outcomes of a finished plan. A part that was being destroyed is gone once a consumer has finished it. */
export function recoveriesIn(
  results: readonly StepResult[],
  uid: number,
  named: string | undefined,
  into?: string,
): readonly Recovery[] {
  return attemptsIn(results, uid, named, into).map(({ session, parts }) => {
    const failures = parts.map(failureOf);
    const failure = failures.find((failed) => failed !== undefined);
    return { session, failure };
  });
}

/** Why the part still exists. */
function failureOf({ part, turned, ended }: PartAttempt): Recovery['failure'] {
  const { continued, destroyed } = ended;
  const isGone =
    destroyed?.kind === 'reply' ||
    (destroyed?.kind === 'failure' && destroyed.code === 'NO_SESSION') ||
    (continued?.kind === 'reply' && part.state === 'destroying');
  const failed = [...turned, destroyed, continued].find((result) => result?.kind === 'failure');
  return isGone || failed?.kind !== 'failure' ? undefined : failed;
}

/** What was done for one session: for its kernel part first, which must be gone before the session is. */
interface Attempt {
  readonly session: SessionInfo;
  readonly parts: readonly PartAttempt[];
  /** The next request; undefined: its last one was answered, or it cannot be turned to files. */
  readonly next: Operation | undefined;
}

type Part = SessionInfo | NonNullable<SessionInfo['kernel']>;

interface PartAttempt {
  readonly part: Part;
  /** Results of the requests that turn it to files, and of those that end it. */
  readonly turned: readonly StepResult[];
  readonly ended: Readonly<Partial<Record<'continued' | 'destroyed', StepResult>>>;
}

function attemptsIn(
  results: readonly StepResult[],
  uid: number,
  named: string | undefined,
  into: string | undefined,
): readonly Attempt[] {
  const listed = listedIn(results);
  let rest = results.slice(1 + listed.length);
  const take = (operations: readonly Operation[]): readonly StepResult[] => {
    const taken = rest.slice(0, operations.length);
    rest = rest.slice(operations.length);
    return taken;
  };
  return lostIn(listed, uid, named, into).map((session) => {
    const parts: PartAttempt[] = [];
    for (const part of partsOf(session)) {
      const turning = turningOf(part, into);
      const failedAt = rest.slice(0, turning.length).findIndex(({ kind }) => kind === 'failure');
      const turned = take(failedAt < 0 ? turning : turning.slice(0, failedAt + 1));
      if (failedAt >= 0) {
        parts.push({ part, turned, ended: {} });
        return { session, parts, next: undefined };
      }
      const continuing: Operation[] = owesWriting(part, session)
        ? [{ op: 'consumer.continue', session: part.uuid }]
        : [];
      const destroying: Operation = { op: 'session.destroy', session: part.uuid };
      const [continued] = take(continuing);
      const [destroyed] = take([destroying]);
      const ended = {
        ...(continued === undefined ? {} : { continued }),
        ...(destroyed === undefined ? {} : { destroyed }),
      };
      const attempt = { part, turned, ended };
      parts.push(attempt);
      const asked = [...turning, ...continuing, destroying];
      const answered = turned.length + Object.keys(ended).length;
      if (answered < asked.length) return { session, parts, next: asked[answered] };
      // Without the end of its kernel part a session does not end.
      if (failureOf(attempt) !== undefined) break;
    }
    return { session, parts, next: undefined };
  });
}

function partsOf(session: SessionInfo): readonly Part[] {
  return session.kernel === undefined ? [session] : [session.kernel, session];
}

/** Of a session of two parts, one that has no channel has nothing to write. */
function owesWriting(part: Part, session: SessionInfo): boolean {
  return session.kernel === undefined || part.channels.length > 0;
}

/** Has the consumer write into files below `into`. Without a destination of its own a new consumer does it anyway. */
function turningOf(
  { name, uuid: session, destination }: Part,
  into: string | undefined,
): readonly Operation[] {
  if (destination === undefined || into === undefined) return [];
  const to = { output: `${into}/${name}` };
  return [
    ...(destination.state === 'disabled' ? [] : [{ op: 'consumer.disable' as const, session }]),
    { op: 'consumer.set', session, destination: to },
    { op: 'consumer.enable', session },
  ];
}

/** The unfinished sessions of this user, or the named one, that have a consumer or applications: not recovered. */
export function aliveIn(
  results: readonly StepResult[],
  uid: number,
  named: string | undefined,
  into?: string,
): readonly SessionInfo[] {
  const listed = listedIn(results);
  const lost = lostIn(listed, uid, named, into);
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
 * Sessions of this user that have no consumer, or with `into` none that writes, and that nothing records into any more;
 * a session that is named may have applications, and the kernel.
 */
function lostIn(
  listed: readonly StepResult[],
  uid: number,
  named: string | undefined,
  into: string | undefined,
): readonly SessionInfo[] {
  return sessionsIn(listed).filter((session) => {
    const isCutOff = into !== undefined && session.destination?.state === 'lost';
    const hasWriter =
      partsOf(session).some(({ consumerPid }) => consumerPid !== undefined) && !isCutOff;
    const isLost = !hasWriter && isUnfinished(session);
    const isQuiet = session.writers === 0 && session.kernel?.state !== 'active';
    const isMeant = named === undefined ? isQuiet : isNamed(session, named);
    return session.uid === uid && isLost && isMeant;
  });
}

function isNamed({ name, uuid }: SessionInfo, named: string): boolean {
  return name === named || uuid === named;
}

/** A flight recorder is never unfinished: its buffers are kept for snapshots until its user destroys it. */
function isUnfinished(session: SessionInfo): boolean {
  if (session.flightRecorder) return false;
  return partsOf(session).some(
    ({ streams, state }) => streams > 0 || (state !== 'inactive' && state !== 'stopped'),
  );
}
