/** Courses that keep a session in a file: as it is now, or as the current one. */
import { fail, ok, type Result } from '../../../src/base/result.ts';
import { writeCurrent } from '../../../src/kept/current-session.ts';
import { savedPath, writeSaved } from '../../../src/kept/saved-files.ts';
import { savedSessionOf } from '../../../src/kept/saved-session.ts';
import type { World } from '../../../src/port/world.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import { type Course, type Refusal, unwritten } from './course.ts';
import { type MeantError, requestAbout } from './in-session.ts';

export interface Saving {
  /** Undefined: the session that is meant. */
  readonly named: string | undefined;
  /** The directory of the file, absolute. */
  readonly directory: string;
  /** A file that is there already is replaced. */
  readonly replaces: boolean;
}

export interface Saved {
  readonly session: SessionInfo;
  readonly file: string;
}

/** Saves a session. When it returns without an error, the file outlives a power failure. */
export function* save(
  world: World,
  { named, directory, replaces }: Saving,
): Course<Result<Saved, MeantError | Refusal>> {
  const found = yield* requestAbout(world, named, (session) => [{ op: 'session.get', session }]);
  if (!found.ok) return found;
  const session = found.value;
  const file = savedPath(directory, session.name);
  if (!replaces && world.files.info(file).ok) {
    return fail({ kind: 'refusal', code: 'FILE_EXISTS', reason: `There is a file ${file}` });
  }
  const written = writeSaved(world, directory, savedSessionOf(session, tracesDirectory(world)));
  return written.ok ? ok({ session, file }) : fail(unwritten(written));
}

/** Makes a session the current one of its user. */
export function* setCurrent(
  world: World,
  named: string | undefined,
): Course<Result<SessionInfo, MeantError | Refusal>> {
  const found = yield* requestAbout(world, named, (session) => [{ op: 'session.get', session }]);
  if (!found.ok) return found;
  const written = writeCurrent(world, found.value);
  return written.ok ? found : fail(unwritten(written));
}
