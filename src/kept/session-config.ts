/**
 * `.lttng/config` in a session's directory: commands that run there use that session (R2.4).
 *
 * ```json
 * {"version":1,"session":{"name":"web","uuid":"0b5c…"},"output":"/home/alice/lttng-traces/web"}
 * ```
 * Any user may have written the file: its size is bounded, its content validated, and its owner must be this user or
 * root.
 */
import * as v from 'valibot';
import { fail, ok, type Result } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { path, sessionName, uuid } from '../wire/common.ts';
import { parseJson, readTextFile, writeJsonFile } from './json-file.ts';

const config = v.strictObject({
  version: v.literal(1),
  session: v.strictObject({ name: sessionName, uuid }),
  output: path,
});
export type Config = v.InferOutput<typeof config>;

const BYTES_MAX = 16 * 1024;

const directoryIn = (directory: string): string => `${directory.replace(/\/$/, '')}/.lttng`;
export const configPath = (directory: string): string => `${directoryIn(directory)}/config`;

/** A configuration file that is refused; messages put the reason after the name of the file. */
export interface ConfigError {
  readonly kind: 'bad-config';
  readonly file: string;
  readonly reason: string;
}

/** The configuration in `directory`; undefined when there is none, or no such directory any more. */
export function readConfig(
  world: World,
  directory: string | undefined,
): Result<Config | undefined, ConfigError> {
  if (directory === undefined) return ok(undefined);
  const file = configPath(directory);
  const refuse = (reason: string) => fail({ kind: 'bad-config' as const, file, reason });
  const read = readTextFile(world, file, { bytesMax: BYTES_MAX, isOfAnyone: false });
  if (!read.ok) return refuse(read.error);
  if (read.value === undefined) return ok(undefined);
  const parsed = v.safeParse(config, parseJson(read.value));
  return parsed.success ? ok(parsed.output) : refuse('is not a valid configuration of a session');
}

/** Writes the configuration atomically. */
export function writeConfig(world: World, directory: string, value: Config): OsResult<void> {
  return writeJsonFile(world, directoryIn(directory), 'config', JSON.stringify(value));
}

/** Removes the configuration of this session; keeps that of another session. */
export function removeConfig(world: World, directory: string, sessionUuid: string): void {
  const { files } = world;
  const held = files.holdDirectory(directory);
  if (!held.ok) return;
  const read = readConfig(world, directory);
  if (read.ok && read.value?.session.uuid === sessionUuid) {
    files.remove(configPath(directory));
    files.remove(directoryIn(directory));
  }
  held.value.close();
}
