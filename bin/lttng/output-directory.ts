/** Default names of sessions, and the directories of their traces. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { basename } from 'node:path';
import { directoryTime } from '../../src/base/calendar.ts';
import { thrownErrno } from '../../src/os/errors.ts';
import type { World } from '../../src/port/world.ts';
import { PATH_CHARACTERS_MAX } from '../../src/wire/limits.ts';
import { safe } from '../terminal/output.ts';
import { CliFailure, EXIT, usageFailure } from './failure.ts';
import { absolutePath } from './options/paths.ts';
import { checkSessionName } from './sessions.ts';

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

/** The default directory of traces. */
export function tracesDirectory({ identity }: World): string {
  return `${identity.homeDirectory.replace(/\/$/, '')}/lttng-traces`;
}

/**
 * The requested name, or one made of `prefix` and the time; and the requested directory, or
 * `$HOME/lttng-traces/NAME`. When neither is requested, no other trace there has the name.
 */
export function newOutputDirectory(
  world: World,
  prefix: string,
  asked: { readonly name: string | undefined; readonly path: string | undefined },
): OutputDirectory {
  if (asked.name !== undefined) checkSessionName(asked.name);
  if (asked.path !== undefined || asked.name !== undefined) {
    const name = asked.name ?? defaultName(world, prefix);
    const path =
      asked.path === undefined
        ? `${tracesDirectory(world)}/${name}`
        : absolutePath(world, asked.path);
    if (asked.path === '' || path.length > PATH_CHARACTERS_MAX) {
      throw usageFailure(`A directory's path has 1 to ${PATH_CHARACTERS_MAX} characters`);
    }
    const isNew = !world.files.info(path).ok;
    makeDirectory(world, path);
    return { name, path, release: () => (isNew ? removeEmpty(path) : undefined) };
  }
  return freshOutputDirectory(world, tracesDirectory(world), prefix);
}

/** Creates `PARENT/PREFIX-TIME`, with a number appended when that exists. */
export function freshOutputDirectory(
  world: World,
  parent: string,
  prefix: string,
): OutputDirectory {
  const name = defaultName(world, prefix);
  if (parent.length + name.length > PATH_CHARACTERS_MAX) {
    throw usageFailure(`A directory's path has 1 to ${PATH_CHARACTERS_MAX} characters`);
  }
  makeDirectory(world, parent);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const free = attempt === 1 ? name : `${name}-${attempt}`;
    const path = `${parent}/${free}`;
    if (makeNew(path)) return { name: free, path, release: () => removeEmpty(path) };
  }
  throw new CliFailure('NO_OUTPUT', `There are ${ATTEMPTS_MAX} traces ${name} already`, EXIT.file);
}

/** `NAME-20261123-061530`; `_` replaces characters that a session's name may not have. */
function defaultName({ clock }: World, prefix: string): string {
  const clean = basename(prefix)
    .replace(/[^A-Za-z0-9_.-]/g, '_')
    .replace(/^[.-]+/, '');
  return `${clean.slice(0, NAME_CHARACTERS_MAX) || 'auto'}-${directoryTime(clock.realtimeNs())}`;
}

function makeDirectory({ files }: World, path: string): void {
  // Of the home or working directory, whose name Node.js has changed.
  if (path.includes('\ufffd')) {
    throw usageFailure(
      `The path ${path} has a character that is not UTF-8; use -o with another one`,
    );
  }
  const made = files.makeDirectory(path, DIRECTORY_MODE);
  if (!made.ok) throw cannotMake(path, made.error.code);
}

/** Creates the directory; false when the path exists. */
function makeNew(path: string): boolean {
  try {
    mkdirSync(path, DIRECTORY_MODE);
    return true;
  } catch (thrown) {
    const code = thrownErrno(thrown);
    if (code === 'EEXIST') return false;
    if (code === undefined) throw thrown;
    throw cannotMake(path, code);
  }
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (thrown) {
    // The directory is not empty, or it is gone: both are fine.
    if (thrownErrno(thrown) === undefined) throw thrown;
  }
}

function cannotMake(path: string, code: string): CliFailure {
  return new CliFailure(
    'NO_OUTPUT',
    `Cannot create the directory ${safe(path)} (${code})`,
    EXIT.file,
  );
}
