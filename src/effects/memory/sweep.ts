/**
 * What a dead registry created and did not record: segments, wake-up pipes and passages, which its successor removes.
 *
 * The creator's uid, the family of the key and the mark in the header prove whose a segment is. Process ids do not: the
 * kernel reuses them, and a registry in another pid namespace has other ones. A registry that was killed between the
 * creation of a segment and its mark leaves a blank one, which the family alone names; no process has it attached.
 */
import { familyOf, type SegmentRef } from '../../port/shared-memory.ts';
import type { World } from '../../port/world.ts';
import { creatorOf, familyOfMark } from '../../ring/format.ts';
import type { MemoryEffect } from '../contract/memory.ts';

type Sweep = MemoryEffect & { type: 'memory.sweep' };

/** Returns the creators whose segments remain, or may remain. */
export function sweep(
  world: World,
  { creators, streams, pipes, isWhole }: Sweep,
): readonly string[] {
  if (isWhole) sweepPipes(world, pipes);
  if (creators.length === 0) return [];
  const listed = world.memory.list();
  if (!listed.ok) {
    world.log('memory.listFailed', { code: listed.error.code });
    return creators;
  }
  const recorded = streams.flatMap(({ dataSegment, positionSegment }) => [
    dataSegment,
    positionSegment,
  ]);
  const known = new Set(recorded.map(({ key }) => key));
  const staying = new Set<string>();
  for (const segment of listed.value) {
    if (segment.key === 0 || segment.creatorUid !== world.identity.uid) continue;
    const possible = creators.filter((mark) => familyOfMark(mark) === familyOf(segment));
    if (possible.length === 0) continue;
    const creator = readCreator(world, segment);
    const theirs =
      creator === 'unknown' || creator === 'blank'
        ? possible
        : possible.filter((mark) => mark === creator);
    const mayGo = isWhole && creator !== 'unknown' && !known.has(segment.key);
    const isRemoved = mayGo && theirs.length > 0 && world.memory.remove(segment).ok;
    if (!isRemoved) for (const mark of theirs) staying.add(mark);
  }
  return creators.filter((mark) => staying.has(mark));
}

/** The mark in the segment, or why there is none: it is blank, it is gone or of another kind, it cannot be read now. */
function readCreator(world: World, segment: SegmentRef): string {
  const attached = world.memory.attachReadable(segment);
  if (!attached.ok) return attached.error.code === 'EIDRM' ? 'none' : 'unknown';
  const mark = creatorOf(attached.value);
  const attachments = world.memory.attachments(segment);
  attached.value.detach();
  if (mark !== undefined) return mark;
  return attachments.ok && attachments.value === 1 ? 'blank' : 'none';
}

function sweepPipes(
  world: World,
  { directory, prefix, paths, passagePrefix }: Sweep['pipes'],
): void {
  const names = world.files.list(directory);
  for (const name of names.ok ? names.value : []) {
    const path = `${directory}/${name}`;
    const isPassage = name.startsWith(passagePrefix);
    if (!isPassage && (!name.startsWith(prefix) || paths.includes(path))) continue;
    const info = world.files.info(path);
    if (!info.ok) continue;
    if (isPassage && info.value.kind === 'socket') removeSocket(world, path);
    else if (!isPassage && info.value.kind === 'pipe') removePipe(world, path);
  }
}

function removeSocket(world: World, path: string): void {
  const removed = world.files.remove(path);
  if (removed.ok || removed.error.code === 'ENOENT') return;
  world.log('socket.removeFailed', { path, code: removed.error.code });
}

export function removePipe(world: World, path: string): void {
  const removed = world.files.remove(path);
  if (removed.ok || removed.error.code === 'ENOENT') return;
  world.log('pipe.removeFailed', { path, code: removed.error.code });
}
