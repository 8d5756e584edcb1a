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
import { fail, ok, type Result } from '../../src/base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/base/utf8.ts';
import type { Files } from '../../src/port/files.ts';
import type { OsResult } from '../../src/port/os-error.ts';
import type { World } from '../../src/port/world.ts';
import { path, sessionName, uuid } from '../../src/wire/common.ts';

const config = v.strictObject({
  version: v.literal(1),
  session: v.strictObject({ name: sessionName, uuid }),
  output: path,
});
export type Config = v.InferOutput<typeof config>;

const BYTES_MAX = 16 * 1024;
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

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
  const { files, identity } = world;
  const file = configPath(directory);
  const refuse = (reason: string) => fail({ kind: 'bad-config' as const, file, reason });
  const info = files.info(file);
  if (!info.ok) {
    if (info.error.code === 'ENOENT' || info.error.code === 'ENOTDIR') return ok(undefined);
    return refuse(`cannot be read: ${info.error.code}`);
  }
  if (info.value.kind !== 'file') return refuse('is not a regular file');
  const { uid } = info.value;
  if (uid !== identity.uid && uid !== 0) return refuse(`belongs to another user, uid ${uid}`);
  if (info.value.byteLength > BYTES_MAX) return refuse(`is longer than ${BYTES_MAX} bytes`);
  const text = readText(world, file);
  if (!text.ok) return refuse(`cannot be read: ${text.error.code}`);
  const parsed = v.safeParse(config, parseJson(text.value));
  return parsed.success ? ok(parsed.output) : refuse('is not a valid configuration of a session');
}

/** Writes the configuration atomically: to a draft, which it renames. */
export function writeConfig({ files }: World, directory: string, value: Config): OsResult<void> {
  // Others may own the session's directory, and put links in it.
  const held = files.holdDirectory(directoryIn(directory), DIRECTORY_MODE);
  if (!held.ok) return held;
  const written = writeIn(files, directory, value);
  held.value.close();
  return written;
}

function writeIn(files: Files, directory: string, value: Config): OsResult<void> {
  const file = configPath(directory);
  const draft = `${file}.new`;
  files.remove(draft);
  const opened = files.open(draft, 'create', FILE_MODE);
  if (!opened.ok) return opened;
  const bytes = encodeUtf8(`${JSON.stringify(value)}\n`);
  const written = opened.value.append([bytes]);
  opened.value.close();
  if (written.ok && written.value === bytes.length) return files.rename(draft, file);
  files.remove(draft);
  return written.ok ? fail({ code: 'ENOSPC', call: 'files.append', subject: draft }) : written;
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

function readText({ files }: World, file: string): OsResult<string> {
  const opened = files.open(file, 'read');
  if (!opened.ok) return opened;
  const bytes = new Uint8Array(BYTES_MAX);
  const length = opened.value.read(bytes, 0);
  opened.value.close();
  return length.ok ? ok(decodeUtf8(bytes.subarray(0, length.value))) : length;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
