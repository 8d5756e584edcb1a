/** Finds out what has become of sessions, from one list of them to the next. */
import { allPages, sessionsIn } from '../../../actors/client/plans/plan.ts';
import { ControlError } from '../api/control-error.ts';
import type { StateChange } from '../api/results.ts';
import type { Session } from '../api/session.ts';
import { usageError } from '../errors.ts';
import type { OpenCalls } from '../open-calls.ts';
import { type Calling, carryOut } from '../requests.ts';

/** How often a watch asks, unless its caller says otherwise; and the bounds of what it may say. */
const WATCH_PERIOD_MS = 1000;
const WATCH_PERIOD_MS_MIN = 10;
const WATCH_PERIOD_MS_MAX = 3_600_000;

/** The changes of all sessions, until the control is closed. */
export async function* changesOf(
  on: Calling,
  calls: OpenCalls,
  { periodMs = WATCH_PERIOD_MS }: { readonly periodMs?: number },
): AsyncGenerator<StateChange, undefined> {
  if (!(periodMs >= WATCH_PERIOD_MS_MIN && periodMs <= WATCH_PERIOD_MS_MAX)) {
    const bounds = `${WATCH_PERIOD_MS_MIN} to ${WATCH_PERIOD_MS_MAX}`;
    throw usageError(`The period of a watch is ${bounds} milliseconds, not ${periodMs}`);
  }
  let known: readonly Session[] = [];
  while (!calls.isClosed) {
    const now = await sessionsNow(on, calls);
    if (now === undefined) return;
    yield* changesBetween(known, now);
    known = now;
    await calls.pause(on.client.world.clock, Math.round(periodMs));
  }
}

/** Undefined: the control was closed meanwhile. */
async function sessionsNow(on: Calling, calls: OpenCalls): Promise<readonly Session[] | undefined> {
  try {
    const results = await calls.run(() =>
      carryOut(on, allPages(['session.list']), 'running-registry'),
    );
    return calls.isClosed ? undefined : sessionsIn(results);
  } catch (thrown) {
    if (calls.isClosed && thrown instanceof ControlError) return undefined;
    throw thrown;
  }
}

/** The changes between two lists: sessions that are gone, then those that are new or in another state. */
function changesBetween(
  before: readonly Session[],
  now: readonly Session[],
): readonly StateChange[] {
  const known = new Map(before.map((session) => [session.uuid, session]));
  const present = new Set(now.map(({ uuid }) => uuid));
  const gone = before
    .filter(({ uuid }) => !present.has(uuid))
    .map((session) => ({ session, before: session.state, now: undefined }));
  const changed = now
    .map((session) => ({ session, before: known.get(session.uuid)?.state, now: session.state }))
    .filter((change) => change.before !== change.now);
  return [...gone, ...changed];
}
