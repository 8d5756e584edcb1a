/** Default names of sessions, and the directories of their traces. Throws a {@link ControlError}. */
import { directoryTime } from '../../../src/base/calendar.ts';
import { type Result } from '../../../src/base/result.ts';
import {
  BAD_LENGTH,
  type DirectoryRefusal,
  makeDirectory,
  makeOutputDirectory,
  type OutputDirectory,
} from '../../../src/kept/output-directory.ts';
import type { World } from '../../../src/port/world.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import { PATH_CHARACTERS_MAX } from '../../../src/wire/limits.ts';
import { ControlError } from '../api/control-error.ts';
import { usageError } from '../errors.ts';
import { absolutePath } from '../paths.ts';
import { checkedKey } from '../sessions.ts';

const NAME_CHARACTERS_MAX = 100;
/** Bound on the names that are tried for one second. */
const ATTEMPTS_MAX = 100;

/**
 * The requested name, or one made of `prefix` and the time; and the requested directory, or
 * `$HOME/lttng-traces/NAME`. When neither is requested, no other trace there has the name.
 */
export function newOutputDirectory(
  world: World,
  prefix: string,
  asked: { readonly name: string | undefined; readonly path: string | undefined },
): OutputDirectory {
  if (asked.name !== undefined) checkedKey(asked.name);
  if (asked.path !== undefined || asked.name !== undefined) {
    const name = asked.name ?? defaultName(world, prefix);
    const path = checkedDirectory(world, asked.path ?? `${tracesDirectory(world)}/${name}`);
    return made(makeOutputDirectory(world, name, path));
  }
  return freshOutputDirectory(world, tracesDirectory(world), prefix);
}

/** The absolute path of a directory that a user names. */
export function checkedDirectory(world: World, path: string): string {
  const absolute = absolutePath(world, path);
  if (path !== '' && absolute.length <= PATH_CHARACTERS_MAX) return absolute;
  throw usageError(BAD_LENGTH.reason);
}

/** The requested name of a session without a directory, or one made of `prefix` and the time. */
export function newSessionName(world: World, prefix: string, asked: string | undefined): string {
  if (asked !== undefined) checkedKey(asked);
  return asked ?? defaultName(world, prefix);
}

/** Creates `PARENT/PREFIX-TIME`, with a number appended when that exists. */
export function freshOutputDirectory(
  world: World,
  parent: string,
  prefix: string,
): OutputDirectory {
  const name = defaultName(world, prefix);
  if (parent.length + name.length > PATH_CHARACTERS_MAX) {
    throw usageError(BAD_LENGTH.reason);
  }
  made(makeDirectory(world, parent));
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const free = attempt === 1 ? name : `${name}-${attempt}`;
    const directory = made(makeOutputDirectory(world, free, `${parent}/${free}`));
    if (directory.isNew) return directory;
  }
  throw new ControlError('NO_OUTPUT', `There are ${ATTEMPTS_MAX} traces ${name} already`);
}

/** `NAME-20261123-061530`; `_` replaces characters that a session's name may not have. */
function defaultName({ clock }: World, prefix: string): string {
  const last = prefix.split('/').findLast((part) => part !== '') ?? '';
  const clean = last.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[.-]+/, '');
  return `${clean.slice(0, NAME_CHARACTERS_MAX) || 'auto'}-${directoryTime(clock.realtimeNs())}`;
}

/** Throws the refusal. */
function made<T>(result: Result<T, DirectoryRefusal>): T {
  if (result.ok) return result.value;
  throw new ControlError(result.error.code, result.error.reason);
}
