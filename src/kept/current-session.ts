/**
 * The current session of a user, as `lttng create` and `lttng set-session` choose it (LTTng's `.lttngrc`): commands
 * that name no session use it, in directories without a `.lttng/config`. It is kept in `$HOME/.lttng-ts/current`.
 *
 * ```json
 * {"version":1,"session":{"name":"web","uuid":"0b5c…"}}
 * ```
 * The file is bounded and validated when it is read, and only this user and root may own it. Each write replaces it
 * whole: of two shells that choose at the same time, the later one is obeyed.
 */
import * as v from 'valibot';
import { fail, ok, type Result } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { sessionName, uuid } from '../wire/common.ts';
import type { SessionInfo } from '../wire/control/messages.ts';
import { locationOf } from '../wire/endpoints.ts';
import { parseJson, readTextFile, writeJsonFile } from './json-file.ts';
import { type ConfigError, removeConfig } from './session-config.ts';

const chosen = v.strictObject({
  version: v.literal(1),
  session: v.strictObject({ name: sessionName, uuid }),
});
/** How a session was called when it was chosen, and its UUID, which alone decides. */
export type ChosenSession = v.InferOutput<typeof chosen>['session'];

const BYTES_MAX = 16 * 1024;
const NAME = 'current';

const directoryOf = ({ identity }: Pick<World, 'identity'>): string =>
  locationOf(identity, 'user').directory;
export const currentPath = (world: Pick<World, 'identity'>): string =>
  `${directoryOf(world)}/${NAME}`;

/** The current session; undefined when none was chosen. */
export function readCurrent(world: World): Result<ChosenSession | undefined, ConfigError> {
  const file = currentPath(world);
  const refuse = (reason: string) => fail({ kind: 'bad-config' as const, file, reason });
  const read = readTextFile(world, file, { bytesMax: BYTES_MAX, isOfAnyone: false });
  if (!read.ok) return refuse(read.error);
  if (read.value === undefined) return ok(undefined);
  const parsed = v.safeParse(chosen, parseJson(read.value));
  return parsed.success ? ok(parsed.output.session) : refuse('does not name a session');
}

export function writeCurrent(
  world: World,
  { name, uuid: id }: Pick<SessionInfo, 'name' | 'uuid'>,
): OsResult<void> {
  const value = { version: 1, session: { name, uuid: id } };
  return writeJsonFile(world, directoryOf(world), NAME, JSON.stringify(value));
}

/** The same for a session that has just been created: it is there even if that cannot be noted, which the log says. */
export function keepCurrent(world: World, session: Pick<SessionInfo, 'name' | 'uuid'>): void {
  const written = writeCurrent(world, session);
  if (written.ok) return;
  const { subject, code } = written.error;
  world.log('session.notCurrent', { session: session.name, file: subject, code });
}

/** Removes what names a session that is gone: as the current one, and in its directory. */
export function forgetSession(
  world: World,
  { output, uuid: gone }: Pick<SessionInfo, 'output' | 'uuid'>,
): void {
  if (output !== undefined) removeConfig(world, output, gone);
  const current = readCurrent(world);
  if (current.ok && current.value?.uuid === gone) world.files.remove(currentPath(world));
}
