/**
 * Handler of `memory.*`: the registry creates and removes the memory of streams (R1.7, R1.25).
 *
 * The application's user owns the data segment, read-write; the tracing group may only read it. The consumer's user
 * owns the position segment; the application may only read it, through its group. The application's user owns the
 * wake-up pipe; its group is the readers' group.
 */
import { fail, ok } from '../base/result.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import type { SegmentRef, WritableSegment } from '../port/shared-memory.ts';
import type { World } from '../port/world.ts';
import { creatorOf, formatSegment, markCreator } from '../ring/format.ts';
import {
  OFFSET_CREATOR,
  OFFSET_POSITION_CREATOR,
  POSITION_SEGMENT_BYTES,
  segmentBytes,
} from '../ring/layout.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { MemoryEffect, MemoryEvent, MemoryShare } from './contract/memory.ts';
import { MemoryShares } from './memory-shares.ts';

type CreateStream = MemoryEffect & { type: 'memory.createStream' };
type Sweep = MemoryEffect & { type: 'memory.sweep' };

/** Bytes of a creator's mark. */
const MARK_BYTES = 6;

export function createMemoryHandler(
  world: World,
  deliver: Deliver,
  share: MemoryShare,
): EffectHandler<MemoryEffect> {
  const shares = new MemoryShares(share);
  const own = drawMark(world);
  return (effect, from) => {
    switch (effect.type) {
      case 'memory.removeStream':
        shares.release(effect.dataSegment);
        return removeStream(world, effect);
      case 'memory.sweep':
        for (const { dataSegment, writerUid, shape } of effect.streams) {
          shares.add(dataSegment, writerUid, shape);
        }
        return deliver(from, { type: 'memory.swept', creators: sweep(world, effect), own });
      case 'memory.createStream':
        return deliver(from, madeStream(world, effect, shares, own));
    }
  };
}

function drawMark({ random }: World): string {
  const bytes = [...random.bytes('creator-mark', MARK_BYTES)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function madeStream(
  world: World,
  effect: CreateStream,
  shares: MemoryShares,
  own: string,
): MemoryEvent {
  const { streamId, link, writer, shape } = effect;
  const share = shares.exceededBy(writer.uid, shape);
  const created =
    share === undefined ? createStream(world, effect, own) : fail(shareExceeded(writer.uid));
  if (!created.ok) {
    const refused = share === undefined ? {} : { share };
    return { type: 'memory.streamFailed', streamId, link, error: created.error, ...refused };
  }
  shares.add(created.value.dataSegment, writer.uid, shape);
  return { type: 'memory.streamCreated', streamId, link, ...created.value };
}

function shareExceeded(uid: number): OsError {
  return {
    code: 'ENOSPC',
    call: 'memory.createStream',
    subject: `user ${uid}`,
    detail: 'the user has the share of one user',
  };
}

function createStream(
  world: World,
  effect: CreateStream,
  own: string,
): OsResult<{ dataSegment: SegmentRef; positionSegment: SegmentRef }> {
  const { shape, writer, consumer, readerGid, streamId } = effect;
  const data = createSegment(
    world,
    segmentBytes(shape),
    {
      uid: writer.uid,
      gid: readerGid ?? writer.gid,
      mode: readerGid === undefined ? 0o600 : 0o640,
    },
    (segment) => {
      markCreator(segment, OFFSET_CREATOR, own);
      formatSegment(segment, shape, streamId);
    },
  );
  if (!data.ok) return data;
  const position = createSegment(
    world,
    POSITION_SEGMENT_BYTES,
    {
      uid: consumer.uid,
      gid: writer.gid,
      mode: writer.uid === consumer.uid ? 0o600 : 0o640,
    },
    (segment) => markCreator(segment, OFFSET_POSITION_CREATOR, own),
  );
  if (!position.ok) {
    world.memory.remove(data.value);
    return position;
  }
  // Created last: other streams may share the pipe, so that a later failure must not remove it.
  const pipe = createWakePipe(world, effect);
  if (!pipe.ok) {
    world.memory.remove(data.value);
    world.memory.remove(position.value);
    return pipe;
  }
  return ok({ dataSegment: data.value, positionSegment: position.value });
}

/** The kernel lets the creator of a segment write it, whichever user owns it: we write the header. */
function createSegment(
  world: World,
  byteLength: number,
  access: { readonly uid: number; readonly gid: number; readonly mode: number },
  format: (segment: WritableSegment) => void,
): OsResult<SegmentRef> {
  const created = world.memory.create(byteLength, access);
  if (!created.ok) return created;
  const attached = world.memory.attachWritable(created.value);
  if (!attached.ok) {
    world.memory.remove(created.value);
    return attached;
  }
  format(attached.value);
  attached.value.detach();
  return created;
}

function createWakePipe(world: World, effect: CreateStream): OsResult<void> {
  const { writer, readerGid, wakePath } = effect;
  const gid = readerGid ?? writer.gid;
  const owners =
    writer.uid === world.identity.uid && readerGid === undefined ? {} : { uid: writer.uid, gid };
  // Without a reading group, the consumer runs as the writer's user or as root.
  const mode = readerGid === undefined ? 0o600 : 0o660;
  const made = world.pipes.create(wakePath, { mode, ...owners });
  return made.ok || made.error.code !== 'EEXIST' ? made : ok(undefined);
}

/**
 * Removes segments that our user created, that have the mark of an earlier registry, and that no record names. Returns
 * the registries whose segments remain, or may remain.
 */
function sweep(world: World, { creators, streams, pipes, isWhole }: Sweep): readonly string[] {
  if (isWhole) sweepPipes(world, pipes);
  if (creators.length === 0) return [];
  const listed = world.memory.list();
  if (!listed.ok) {
    world.log('memory.listFailed', { code: listed.error.code });
    return creators;
  }
  const known = new Set(
    streams.flatMap(({ dataSegment, positionSegment }) => [
      nameOf(dataSegment),
      nameOf(positionSegment),
    ]),
  );
  const staying = new Set<string>();
  for (const segment of listed.value) {
    if (segment.creatorUid !== world.identity.uid) continue;
    const creator = readCreator(world, segment);
    // One that we cannot read now may be of any of them.
    const possible = creator === undefined ? creators : creators.filter((mark) => mark === creator);
    const isOurs = creator !== undefined && possible.length > 0;
    const isRemoved =
      isOurs && isWhole && !known.has(nameOf(segment)) && world.memory.remove(segment).ok;
    if (!isRemoved) for (const mark of possible) staying.add(mark);
  }
  return creators.filter((mark) => staying.has(mark));
}

function nameOf({ id, key }: SegmentRef): string {
  return `${id} ${key}`;
}

/** The creator's mark in the segment; empty when the segment is gone. */
function readCreator(world: World, segment: SegmentRef): string | undefined {
  const attached = world.memory.attachReadable(segment);
  if (!attached.ok) return attached.error.code === 'EIDRM' ? '' : undefined;
  const creator = creatorOf(attached.value);
  attached.value.detach();
  return creator;
}

function sweepPipes(world: World, { directory, prefix, paths }: Sweep['pipes']): void {
  const names = world.files.list(directory);
  for (const name of names.ok ? names.value : []) {
    const path = `${directory}/${name}`;
    if (!name.startsWith(prefix) || paths.includes(path)) continue;
    const info = world.files.info(path);
    if (info.ok && info.value.kind === 'pipe') removePipe(world, path);
  }
}

function removeStream(world: World, effect: MemoryEffect & { type: 'memory.removeStream' }): void {
  for (const segment of [effect.dataSegment, effect.positionSegment]) {
    const removed = world.memory.remove(segment);
    if (!removed.ok && removed.error.code !== 'EIDRM') {
      world.log('memory.removeFailed', { segment: segment.id, code: removed.error.code });
    }
  }
  if (effect.wakePath === undefined) return;
  removePipe(world, effect.wakePath);
}

function removePipe(world: World, path: string): void {
  const removed = world.files.remove(path);
  if (removed.ok || removed.error.code === 'ENOENT') return;
  world.log('pipe.removeFailed', { path, code: removed.error.code });
}
