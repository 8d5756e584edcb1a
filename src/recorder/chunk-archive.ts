/**
 * Archives of a session: what it has recorded until a rotation, moved into a directory of its own, where it is a whole
 * trace (`archives/BEGIN-END-NUMBER`, as LTTng has them). Other sessions may write into the same directory: the traces
 * of this one say so in their environment. An archive that exists, since a consumer died meanwhile, gets what is left.
 */
import { formatBasicDateTime } from '../base/calendar.ts';
import { parentOf } from '../base/path.ts';
import { fail, ok } from '../base/result.ts';
import { NS_PER_MS_BIGINT } from '../base/time.ts';
import {
  archivesIn,
  isKernelTrace,
  SESSION_UUID,
  tracesIn,
  USER_TRACES,
} from '../ctf/trace-directory.ts';
import type { Files } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import type { Chunk } from '../wire/control/rotation.ts';
import { removeTree } from './directory-tree.ts';
import { readExistingMetadata } from './existing-metadata.ts';

const DIRECTORY_MODE = 0o700;

export interface ChunkPlace {
  /** The session's directory. */
  readonly output: string;
  readonly sessionUuid: string;
}

/** Moves the session's traces into the archive of the chunk, and returns its path; undefined: there are none. */
export function archiveChunk(
  files: Files,
  place: ChunkPlace,
  chunk: Chunk,
  nowNs: bigint,
): OsResult<string | undefined> {
  const traces = ownTraces(files, place);
  if (!traces.ok) return traces;
  const known = findArchive(files, place, chunk);
  if (!known.ok || traces.value.length === 0) return known;
  const archive = known.value ?? archivePath(place, chunk, nowNs);
  for (const name of traces.value) {
    const to = `${archive}/${name}`;
    const made = files.makeDirectory(parentOf(to), DIRECTORY_MODE);
    if (!made.ok) return made;
    const moved = files.rename(`${place.output}/${name}`, to);
    if (!moved.ok) return moved;
  }
  return ok(archive);
}

/** Removes the session's traces. */
export function clearChunk(files: Files, place: ChunkPlace): OsResult<void> {
  const traces = ownTraces(files, place);
  if (!traces.ok) return traces;
  for (const name of traces.value) {
    const removed = removeTree(files, `${place.output}/${name}`);
    if (!removed.ok) return removed;
  }
  return ok(undefined);
}

/** The session's traces in the present chunk: `ust/pid/NAME` of a process, `ust/uid/UID/NAME` of a user, `kernel`. */
export function ownTraces(files: Files, { output, sessionUuid }: ChunkPlace): OsResult<string[]> {
  const users = listed(files, `${tracesIn(output)}/uid`);
  if (!users.ok) return users;
  const ofKernel = listed(files, output);
  if (!ofKernel.ok) return ofKernel;
  const found = ofKernel.value.filter(isKernelTrace);
  for (const parent of ['pid', ...users.value.map((uid) => `uid/${uid}`)]) {
    const names = listed(files, `${tracesIn(output)}/${parent}`);
    if (!names.ok) return names;
    found.push(...names.value.map((name) => `${USER_TRACES}/${parent}/${name}`));
  }
  const own: string[] = [];
  for (const name of found) {
    const metadata = readExistingMetadata(files, `${output}/${name}/metadata`);
    if (metadata.ok) {
      if (metadata.value.environment[SESSION_UUID] === sessionUuid) own.push(name);
    } else if (metadata.error.kind === 'write' && metadata.error.error.code !== 'ENOENT') {
      return fail(metadata.error.error);
    }
  }
  return ok(own);
}

/** What is in the directory; nothing in what is none. */
function listed(files: Files, directory: string): OsResult<readonly string[]> {
  const names = files.list(directory);
  const isNone = !names.ok && ['ENOENT', 'ENOTDIR'].includes(names.error.code);
  return isNone ? ok([]) : names;
}

/** The archive that an earlier consumer has begun. */
function findArchive(
  files: Files,
  { output }: ChunkPlace,
  { number, begunAtMs }: Chunk,
): OsResult<string | undefined> {
  const names = files.list(archivesIn(output));
  if (!names.ok) return names.error.code === 'ENOENT' ? ok(undefined) : names;
  const name = names.value.find(
    (other) =>
      begunAtMs !== undefined &&
      other.startsWith(`${timeText(begunAtMs)}-`) &&
      other.endsWith(`-${number}`),
  );
  return ok(name && `${archivesIn(output)}/${name}`);
}

function archivePath({ output }: ChunkPlace, { number, begunAtMs }: Chunk, nowNs: bigint): string {
  const end = formatBasicDateTime(nowNs);
  const begin = begunAtMs === undefined ? end : timeText(begunAtMs);
  return `${archivesIn(output)}/${begin}-${end}-${number}`;
}

function timeText(ms: number): string {
  return formatBasicDateTime(BigInt(ms) * NS_PER_MS_BIGINT);
}
