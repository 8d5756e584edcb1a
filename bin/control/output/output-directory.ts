/** Default names of sessions, and the directories of their traces. Throws a {@link ControlError}. */
import { directoryTime } from '../../../src/base/calendar.ts';
import { parentOf } from '../../../src/base/path.ts';
import type { World } from '../../../src/port/world.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import { PATH_CHARACTERS_MAX } from '../../../src/wire/limits.ts';
import { ControlError } from '../api/control-error.ts';
import { usageError } from '../errors.ts';
import { absolutePath } from '../paths.ts';
import { checkedKey } from '../sessions.ts';

/** The directory for the trace of a session or snapshot that is about to be created. */
export interface OutputDirectory {
  /** Name of the session. */
  readonly name: string;
  /** Absolute; it exists. */
  readonly path: string;
  /** Removes the directory when this program created it and it is empty. */
  release(): void;
}

const DIRECTORY_MODE = 0o700;
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
    const isNew = makeDirectory(world, path);
    return { name, path, release: () => (isNew ? removeEmpty(world, path) : undefined) };
  }
  return freshOutputDirectory(world, tracesDirectory(world), prefix);
}

/** The absolute path of a directory that a user names. */
export function checkedDirectory(world: World, path: string): string {
  const absolute = absolutePath(world, path);
  if (path !== '' && absolute.length <= PATH_CHARACTERS_MAX) return absolute;
  throw usageError(`A directory's path has 1 to ${PATH_CHARACTERS_MAX} characters`);
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
    throw usageError(`A directory's path has 1 to ${PATH_CHARACTERS_MAX} characters`);
  }
  makeDirectory(world, parent);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const free = attempt === 1 ? name : `${name}-${attempt}`;
    const path = `${parent}/${free}`;
    const isNew = makeDirectory(world, path);
    if (isNew) return { name: free, path, release: () => removeEmpty(world, path) };
  }
  throw new ControlError('NO_OUTPUT', `There are ${ATTEMPTS_MAX} traces ${name} already`);
}

/** `NAME-20261123-061530`; `_` replaces characters that a session's name may not have. */
function defaultName({ clock }: World, prefix: string): string {
  const last = prefix.split('/').findLast((part) => part !== '') ?? '';
  const clean = last.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[.-]+/, '');
  return `${clean.slice(0, NAME_CHARACTERS_MAX) || 'auto'}-${directoryTime(clock.realtimeNs())}`;
}

/** Returns whether the directory is new. Fails on a link that another user can change. */
function makeDirectory({ files }: World, path: string): boolean {
  // Of the home or working directory, whose name Node.js has changed.
  if (path.includes('\ufffd')) {
    throw usageError(`The path ${path} has a character that is not UTF-8; give another one`);
  }
  const held = files.holdDirectory(path, DIRECTORY_MODE);
  if (!held.ok) throw cannotMake(path, held.error.code);
  held.value.close();
  return held.value.isNew;
}

/** Does nothing when the directory is not empty, or is gone. */
function removeEmpty({ files }: World, path: string): void {
  const parent = files.holdDirectory(parentOf(path));
  if (!parent.ok) return;
  files.remove(path);
  parent.value.close();
}

function cannotMake(path: string, code: string): ControlError {
  return new ControlError(
    'NO_OUTPUT',
    code === 'ELOOP'
      ? `Cannot create the directory ${path}: another user can change a link on the way to it (ELOOP)`
      : `Cannot create the directory ${path} (${code})`,
  );
}
