/** Courses that create sessions, new ones and saved ones. */
import { fail, ok, type Result } from '../../../src/base/result.ts';
import { forgetSession, keepCurrent } from '../../../src/kept/current-session.ts';
import { makeOutputDirectory, type OutputDirectory } from '../../../src/kept/output-directory.ts';
import {
  type SavedPlace,
  type SavedSession,
  savedPlaceOf,
} from '../../../src/kept/saved-session.ts';
import { writeConfig } from '../../../src/kept/session-config.ts';
import type { World } from '../../../src/port/world.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import { ANSWERED_WITHOUT_SESSION } from '../plans/in-session.ts';
import { loadPlan } from '../plans/load-saved.ts';
import { destroyCommand, partsFailureIn, partsPlan, wholeSessionIn } from '../plans/parts.ts';
import { type ClientFailure, failureIn, type Plan } from '../plans/plan.ts';
import { type Course, type Refusal, unwritten } from './course.ts';

type Created = Result<SessionInfo, ClientFailure | Refusal>;

/** Creates a session by this plan, and returns it as it is after the last step. */
export function* createBy(plan: Plan): Course<Created> {
  const results = yield { plan, start: 'start-registry' };
  const failed = failureIn(results);
  if (failed !== undefined) return fail(failed);
  const session = wholeSessionIn(results);
  return session === undefined ? fail(ANSWERED_WITHOUT_SESSION) : ok(session);
}

/**
 * The same for a session whose trace, or whose snapshots, go to this directory: the configuration of the session is
 * written there. The directory is released when there is no session.
 */
export function* createInDirectory(
  world: World,
  directory: OutputDirectory,
  plan: Plan,
): Course<Created> {
  let isCreated = false;
  try {
    const created = yield* createBy(plan);
    if (!created.ok) return created;
    const kept = yield* keepConfig(world, created.value, directory.path);
    isCreated = kept.ok;
    return kept;
  } finally {
    if (!isCreated) directory.release();
  }
}

/** Writes the configuration. When that fails, no command there would use the session: destroys it again. */
function* keepConfig(world: World, session: SessionInfo, output: string): Course<Created> {
  const { name, uuid } = session;
  const written = writeConfig(world, output, { version: 1, session: { name, uuid }, output });
  if (written.ok) return ok(session);
  const plan = partsPlan(uuid, destroyCommand(uuid));
  yield { plan, start: 'running-registry' };
  return fail(unwritten(written));
}

export interface LoadOptions {
  /** Undefined: where it was saved to write. */
  readonly place?: SavedPlace | undefined;
  /** A session of its name is destroyed first. */
  readonly replaces: boolean;
  /** It becomes the current session. */
  readonly isCurrent: boolean;
}

/** Creates a session as it was saved: all of it, or nothing. */
export function* load(
  world: World,
  saved: SavedSession,
  { place = savedPlaceOf(saved), replaces, isCurrent }: LoadOptions,
): Course<Created> {
  if (replaces) {
    const removed = yield* destroyPresent(world, saved.name);
    if (!removed.ok) return removed;
  }
  const made = madeFor(world, saved, place);
  if (!made.ok) return made;
  const { plan, directory } = made.value;
  const created = yield* directory === undefined
    ? createBy(plan)
    : createInDirectory(world, directory, plan);
  if (created.ok && isCurrent) keepCurrent(world, created.value);
  return created;
}

interface Made {
  readonly plan: Plan;
  /** Its directory, which exists; undefined: it sends to a relay. */
  readonly directory: OutputDirectory | undefined;
}

/** Makes the directory of a saved session, and the plan that creates the session. */
export function madeFor(
  world: World,
  saved: SavedSession,
  place: SavedPlace | undefined,
): Result<Made, Refusal> {
  if (place !== undefined && 'relay' in place) {
    return ok({ plan: loadPlan(saved, place), directory: undefined });
  }
  const { name } = saved;
  const path = place?.output ?? `${tracesDirectory(world)}/${name}`;
  const directory = makeOutputDirectory(world, name, path);
  if (!directory.ok) return fail({ kind: 'refusal', ...directory.error });
  return ok({ plan: loadPlan(saved, { output: path }), directory: directory.value });
}

/** Ends the session of this name, if there is one, and first writes what its buffers hold. */
function* destroyPresent(world: World, name: string): Course<Result<void, ClientFailure>> {
  const command = destroyCommand(name);
  const results = yield { plan: partsPlan(name, command), start: 'start-registry' };
  const failed = partsFailureIn(command, results);
  if (failed !== undefined && failed.code !== 'NO_SESSION') return fail(failed);
  const session = wholeSessionIn(results);
  // It was not there, or another command has ended it, or its kernel part, meanwhile.
  const isThere = failed !== undefined && session?.kernel !== undefined && results.length < 3;
  if (session !== undefined && !isThere) forgetSession(world, session);
  return ok(undefined);
}
