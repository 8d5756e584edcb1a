/**
 * A registry loads saved sessions when it starts, as LTTng's session daemon does: the files of its `auto` directories,
 * or what `--load` names. It does so as a client of its own socket, so that a loaded session is like any other. What
 * cannot be loaded is one warning in the log. A session that is there already, such as one that the registry has
 * restored, stays as it is.
 *
 * All of it happens in events of the registry's process, without promises, so that a simulated registry does it, too.
 */
import { madeFor } from '../../../actors/client/courses/create.ts';
import { wholeSessionIn } from '../../../actors/client/plans/parts.ts';
import { failureIn, type StepResult } from '../../../actors/client/plans/plan.ts';
import { startClient } from '../../../actors/programs/client.ts';
import { type ReadSession, readSaved } from '../../../src/kept/read-saved.ts';
import { loadableFiles, savedDirectory } from '../../../src/kept/saved-files.ts';
import { savedPlaceOf } from '../../../src/kept/saved-session.ts';
import { writeConfig } from '../../../src/kept/session-config.ts';
import type { World } from '../../../src/port/world.ts';
import { ownScope, registryFor } from '../../../src/wire/endpoints.ts';

/** Where root keeps what the global registry loads. */
const SYSTEM_DIRECTORY = '/etc/lttng-ts/saved/auto';

/** The directories of the registry of this user; they need not exist. */
export function autoDirectories({ identity }: Pick<World, 'identity'>): readonly string[] {
  const own = `${savedDirectory({ identity })}/auto`;
  return ownScope(identity.uid) === 'global' ? [SYSTEM_DIRECTORY, own] : [own];
}

/** The World of a registry that loads when it is ready. `path`: a file or a directory instead of the usual ones. */
export function loadingWhenReady(world: World, path: string | undefined): World {
  let hasBegun = false;
  return {
    ...world,
    processes: {
      ...world.processes,
      notify: (state) => {
        world.processes.notify(state);
        if (state !== 'ready' || hasBegun) return;
        hasBegun = true;
        new Loading(world, filesOf(world, path), path !== undefined).next();
      },
    },
  };
}

function filesOf(world: World, path: string | undefined): readonly string[] {
  if (path !== undefined) {
    const info = world.files.info(path);
    if (info.ok && info.value.kind !== 'directory') return [path];
    if (!info.ok) {
      world.log('session.notLoaded', { file: path, reason: info.error.code });
      return [];
    }
  }
  return (path === undefined ? autoDirectories(world) : [path]).flatMap((directory) => {
    const files = loadableFiles(world, directory);
    if (files.ok) return files.value;
    const { file, reason } = files.error;
    world.log('session.notLoaded', { file, reason });
    return [];
  });
}

/** One file after the other; the registry serves others in between. */
class Loading {
  readonly #world: World;
  readonly #files: readonly string[];
  readonly #isOfAnyone: boolean;
  #begun = 0;

  /** `isOfAnyone`: who owns the files does not matter. */
  constructor(world: World, files: readonly string[], isOfAnyone: boolean) {
    this.#world = world;
    this.#files = files;
    this.#isOfAnyone = isOfAnyone;
  }

  next(): void {
    const file = this.#files[this.#begun];
    if (file === undefined) return;
    this.#begun += 1;
    this.#world.clock.setTimer(0, () => this.#begin(file));
  }

  #begin(file: string): void {
    const read = readSaved(this.#world, file, this.#isOfAnyone);
    if (read.ok && read.value !== undefined) this.#create(file, read.value);
    else this.#end(file, read.ok ? 'is gone' : read.error.reason);
  }

  #create(file: string, { saved, leftOut }: ReadSession): void {
    const world = this.#world;
    const prepared = madeFor(world, saved, savedPlaceOf(saved));
    if (!prepared.ok) {
      this.#end(file, prepared.error.reason);
      return;
    }
    const { plan, directory } = prepared.value;
    startClient(world, {
      plan,
      candidates: [registryFor(world.identity, ownScope(world.identity.uid))],
      sessiond: undefined,
      catchesSignals: false,
      // A mistake of the client is none of the registry.
      onFailure: (error) => this.#end(file, String(error)),
      onDone: (results) => {
        const failed = failureIn(results);
        if (failed === undefined) {
          if (directory !== undefined) keepConfig(world, results, directory.path);
          const more = leftOut.length === 0 ? {} : { 'left-out': leftOut.join(', ') };
          world.log('session.loaded', { session: saved.name, file, ...more });
        } else directory?.release();
        const isPresent = failed?.code === 'SESSION_EXISTS';
        if (isPresent) world.log('session.present', { session: saved.name, file });
        this.#end(file, isPresent ? undefined : failed?.reason);
      },
    });
  }

  /** `reason`: why the session is not loaded. */
  #end(file: string, reason: string | undefined): void {
    if (reason !== undefined) this.#world.log('session.notLoaded', { file, reason });
    this.next();
  }
}

/** Commands in the directory use the session. It can be named if the file cannot be written, which the log says. */
function keepConfig(world: World, results: readonly StepResult[], output: string): void {
  const session = wholeSessionIn(results);
  if (session === undefined) return;
  const { name, uuid } = session;
  const written = writeConfig(world, output, { version: 1, session: { name, uuid }, output });
  if (written.ok) return;
  const { subject, code } = written.error;
  world.log('session.configNotWritten', { session: name, file: subject, code });
}
