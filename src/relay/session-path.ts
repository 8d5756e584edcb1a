/**
 * Where a session is stored below the output directory (R3.6): `HOST/SESSION-TIME`, or `SESSION/HOST-TIME` when the
 * relay groups by session. Times are in UTC.
 */
import { directoryTime } from '../base/calendar.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { NS_PER_SECOND_BIGINT } from '../base/time.ts';
import type { CreateSessionRequest, SessionOrigin } from '../wire/relay/create-session.ts';
import { LAST_SECOND, STREAM_PATH_DEPTH_MAX } from './limits.ts';
import { safeName, safePath } from './names.ts';

export type Grouping = 'host' | 'session';

/** A name as LTTng makes it when the user gives none, or as revisions before 2.11 send it. */
const WITH_TIME = /^(.+)-(\d{8}-\d{6})$/;
/** Directories of a user's sub-directory. */
const BASE_PATH_DEPTH_MAX = 6;

/** The directories of a session from revision 2.11 on. */
export function sessionPath(
  request: CreateSessionRequest,
  origin: SessionOrigin,
  grouping: Grouping,
): Result<readonly string[], string> {
  const host = safeName('the host name', request.host);
  if (!host.ok) return host;
  const name = safeName('the session name', request.name);
  if (!name.ok) return name;
  const base = safePath('the base path', origin.basePath, BASE_PATH_DEPTH_MAX);
  if (!base.ok) return base;
  if (origin.createdAtSeconds > LAST_SECOND)
    return fail('the creation time is after the year 9999');
  const created = directoryTime(origin.createdAtSeconds * NS_PER_SECOND_BIGINT);
  const [, bare = name.value, time = created] = WITH_TIME.exec(name.value) ?? [];
  const dated = origin.nameHasTime ? name.value : `${name.value}-${created}`;
  if (grouping === 'host')
    return checked([host.value, ...(base.value.length > 0 ? base.value : [dated])]);
  const [group, at] = origin.nameHasTime ? [bare, time] : [name.value, created];
  return checked([group, `${host.value}-${at}`, ...base.value]);
}

/**
 * The directories of a session before revision 2.11, and those of a stream in it: such peers send
 * `/HOST/SESSION-TIME/ust/...` with each stream.
 */
export function oldStreamPath(
  path: string,
  grouping: Grouping,
): Result<{ readonly session: readonly string[]; readonly stream: readonly string[] }, string> {
  const names = safePath('the path', path, STREAM_PATH_DEPTH_MAX + 2);
  if (!names.ok) return names;
  const [host, dated, ...stream] = names.value;
  if (host === undefined || dated === undefined) return fail('the path names no host and session');
  if (grouping === 'host') return ok({ session: [host, dated], stream });
  const [, bare = dated, time] = WITH_TIME.exec(dated) ?? [];
  const session = checked([bare, time === undefined ? host : `${host}-${time}`]);
  return session.ok ? ok({ session: session.value, stream }) : session;
}

/** Names that were put together may be too long. */
function checked(names: readonly string[]): Result<readonly string[], string> {
  for (const name of names) {
    const safe = safeName('a directory of the session', name);
    if (!safe.ok) return safe;
  }
  return ok(names);
}
