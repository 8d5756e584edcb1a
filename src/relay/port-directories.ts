/**
 * Directories with the ports of relays of one user, side by side: `relayd-PID`. A relay that is killed leaves its own,
 * and the next one removes it.
 *
 * The relay has a file of its directory locked for as long as it lives, so a directory whose lock is free is left over.
 * Process ids do not prove that: another process may have the id by now, or the relay is in another pid namespace. A
 * relay that has made its directory and not the lock yet is known by its id and the start of the process.
 */
import { parentOf } from '../base/path.ts';
import { fail, ok } from '../base/result.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { OpenFile } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import { appendFully, readFully } from '../port/read-fully.ts';
import type { World } from '../port/world.ts';

type Parts = Pick<World, 'files' | 'identity' | 'log' | 'processes'>;

const LOCK = 'lock';
const LOCK_MODE = 0o644;
/** A start time in hundredths of a second has fewer digits. */
const START_BYTES_MAX = 32;
const DIRECTORY = /^relayd-([1-9]\d{0,9})$/;
/** What a relay makes in its directory, also what it had not renamed yet. */
const OWN_FILE = /^(?:lock|[a-z]+\.port(?:\.\d+)?)$/;

/** The directory exists; returns the lock's file, which stays open, and its path. */
export function lockDirectory(
  { files, identity, processes }: Parts,
  directory: string,
): OsResult<{ readonly path: string; readonly file: OpenFile }> {
  const path = `${directory}/${LOCK}`;
  const opened = files.open(path, 'append', LOCK_MODE);
  if (!opened.ok) return opened;
  const file = opened.value;
  const locked = file.lock();
  const started = processes.startedAt(identity.pid);
  const text = started.ok ? encodeUtf8(`${started.value}\n`) : new Uint8Array(0);
  // Another relay has the lock while it looks at this directory, and leaves it, since this process lives.
  const isHeld = locked.ok || locked.error.code === 'EAGAIN';
  const cut = isHeld ? file.truncate(0) : locked;
  const written = cut.ok ? appendFully(path, file, text) : cut;
  if (written.ok) return ok({ path, file });
  file.close();
  return fail(written.error);
}

/** Removes the directories beside `directory` whose relays have ended. */
export function removeLeftDirectories(world: Parts, directory: string): void {
  const { files, identity, log } = world;
  const parent = parentOf(directory);
  const listed = files.list(parent);
  for (const name of listed.ok ? listed.value : []) {
    const pid = Number(DIRECTORY.exec(name)?.[1]);
    const path = `${parent}/${name}`;
    if (!Number.isSafeInteger(pid) || path === directory) continue;
    const info = files.info(path);
    // Links are no directories here: `info` follows none.
    if (!info.ok || info.value.kind !== 'directory' || info.value.uid !== identity.uid) continue;
    const removed = removeLeft(world, path, pid);
    if (!removed.ok) log('relay.directoryKept', { path, code: removed.error.code });
  }
}

function removeLeft(world: Parts, directory: string, pid: number): OsResult<void> {
  const { files } = world;
  // From here on calls start at this directory, and follow no link in it.
  const held = files.holdDirectory(directory);
  if (!held.ok) return held;
  const lock = lockOfEnded(world, directory, pid);
  const listed = lock.ok && lock.value !== undefined ? files.list(directory) : undefined;
  for (const name of listed?.ok ? listed.value : [])
    if (OWN_FILE.test(name)) files.remove(`${directory}/${name}`);
  if (lock.ok) lock.value?.close();
  held.value.close();
  if (!lock.ok) return lock;
  return lock.value === undefined ? ok(undefined) : files.remove(directory);
}

/** The lock, if no process has it and the relay has ended. */
function lockOfEnded(
  { files, processes }: Parts,
  directory: string,
  pid: number,
): OsResult<OpenFile | undefined> {
  const opened = files.open(`${directory}/${LOCK}`, 'append', LOCK_MODE);
  if (!opened.ok) return opened;
  const file = opened.value;
  const locked = file.lock();
  const text = new Uint8Array(START_BYTES_MAX);
  const read = locked.ok ? readFully(file, text, 0) : locked;
  if (read.ok) {
    const written = Number.parseInt(decodeUtf8(text.subarray(0, read.value)), 10);
    const started = processes.startedAt(pid);
    const isAnother = started.ok && !Number.isNaN(written) && started.value !== written;
    if (isAnother || !processes.isAlive(pid)) return ok(file);
  }
  file.close();
  return read.ok || read.error.code === 'EAGAIN' ? ok(undefined) : fail(read.error);
}
