/**
 * Files that tell programs of the same machine about a running relay: the id of its process, and the ports that the
 * kernel chose. They are there when the relay is ready, whole from their first moment, and go with it.
 */

import { ok } from '../base/result.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import type { OpenFile } from '../port/files.ts';
import type { TcpAddress } from '../port/network.ts';
import type { OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { lockDirectory, removeLeftDirectories } from './port-directories.ts';

export interface AnnouncementPlan {
  /** Absolute path of a file for the process id. */
  readonly pidFile: string | undefined;
  /** Absolute path of a directory for the ports, one file for each listener: `control.port`, `data.port` … */
  readonly portDirectory: string | undefined;
}

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

type AnnouncingWorld = Pick<World, 'files' | 'identity' | 'log' | 'processes'>;

export class Announcement {
  readonly #world: AnnouncingWorld;
  /** Of the directory for the ports. */
  #lock: OpenFile | undefined;
  /** In the order of their creation. */
  readonly #made: string[] = [];

  constructor(world: AnnouncingWorld) {
    this.#world = world;
  }

  /** Writes the files; after a failure none of them is there. */
  write(
    { pidFile, portDirectory }: AnnouncementPlan,
    addresses: readonly { readonly listener: string; readonly address: TcpAddress }[],
  ): OsResult<void> {
    const lines = new Map<string, number>();
    if (portDirectory !== undefined) {
      const made = this.#makeDirectory(portDirectory);
      if (!made.ok) return made;
      for (const { listener, address } of addresses)
        lines.set(`${portDirectory}/${listener}.port`, address.port);
    }
    if (pidFile !== undefined) lines.set(pidFile, this.#world.identity.pid);
    for (const [path, value] of lines) {
      const written = this.#writeFile(path, `${value}\n`);
      if (written.ok) continue;
      this.withdraw();
      return written;
    }
    return ok(undefined);
  }

  /** Removes what was written, as far as it is there. */
  withdraw(): void {
    for (const path of this.#made.splice(0).reverse()) this.#world.files.remove(path);
    this.#lock?.close();
    this.#lock = undefined;
  }

  #makeDirectory(path: string): OsResult<void> {
    removeLeftDirectories(this.#world, path);
    const made = this.#world.files.makeDirectory(path, DIRECTORY_MODE);
    if (!made.ok) return made;
    this.#made.push(path);
    const locked = lockDirectory(this.#world, path);
    if (!locked.ok) {
      this.withdraw();
      return locked;
    }
    this.#made.push(locked.value.path);
    this.#lock = locked.value.file;
    return ok(undefined);
  }

  /** Replaces what a relay that was killed left at the path. */
  #writeFile(path: string, text: string): OsResult<void> {
    const { files, identity } = this.#world;
    const draft = `${path}.${identity.pid}`;
    files.remove(draft);
    const opened = files.open(draft, 'create', FILE_MODE);
    if (!opened.ok) return opened;
    const written = opened.value.append([encodeUtf8(text)]);
    opened.value.close();
    const named = written.ok ? files.rename(draft, path) : written;
    if (named.ok) this.#made.push(path);
    else files.remove(draft);
    return named;
  }
}
