/**
 * Which session a command means: the named one, otherwise that of `.lttng/config` in the working directory, otherwise
 * the user's current one, otherwise this user's only session, for which the registry must be asked.
 */
import { ok, type Result } from '../base/result.ts';
import type { World } from '../port/world.ts';
import { readCurrent } from './current-session.ts';
import { type ConfigError, readConfig } from './session-config.ts';

export type Choice =
  | { readonly by: 'name'; readonly session: string }
  | { readonly by: 'directory'; readonly session: string }
  /** `name`: how the session was called when it was chosen. */
  | { readonly by: 'current'; readonly session: string; readonly name: string }
  | { readonly by: 'only' };

export function chooseSession(
  world: World,
  named: string | undefined,
): Result<Choice, ConfigError> {
  if (named !== undefined) return ok({ by: 'name', session: named });
  const config = readConfig(world, world.identity.workingDirectory);
  if (!config.ok) return config;
  if (config.value !== undefined) {
    return ok({ by: 'directory', session: config.value.session.uuid });
  }
  const current = readCurrent(world);
  if (!current.ok) return current;
  if (current.value === undefined) return ok({ by: 'only' });
  const { uuid, name } = current.value;
  return ok({ by: 'current', session: uuid, name });
}
