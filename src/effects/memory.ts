/**
 * Handler of `memory.*`: the registry creates and removes the memory of streams (R1.7, R1.25).
 *
 * The application's user owns the data segment, read-write; the tracing group may only read it. The consumer's user
 * owns the position segment; the application may only read it, through its group. The application's user owns the
 * wake-up pipe; its group is the readers' group.
 */
import { fail, ok } from '../base/result.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import type { ReadableSegment, SegmentRef, WritableSegment } from '../port/shared-memory.ts';
import type { World } from '../port/world.ts';
import { endOfContent, markCleared } from '../ring/cleared.ts';
import { familyOfMark, formatSegment, markCreator } from '../ring/format.ts';
import { handoverFault } from '../ring/handover.ts';
import { POSITION_SEGMENT_BYTES, segmentBytes } from '../ring/layout.ts';
import { positionSegmentBytes } from '../ring/page-slot.ts';
import { type Unread, unreadIn } from '../ring/unread.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { MemoryEffect, MemoryEvent, MemoryShare, StreamSegments } from './contract/memory.ts';
import { MemoryShares } from './memory/shares.ts';
import { removePipe, sweep } from './memory/sweep.ts';

type CreateStream = MemoryEffect & { type: 'memory.createStream' };

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
      case 'memory.countUnread':
        return deliver(from, { type: 'memory.counted', ...countUnread(world, effect) });
      case 'memory.inspectStream':
        return deliver(from, inspect(world, effect));
      case 'memory.measure':
        return deliver(from, measure(world, effect));
      case 'memory.clear': {
        const { link, id, streams } = effect;
        clear(world, streams);
        return deliver(from, { type: 'memory.cleared', link, id });
      }
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

/** Of each stream; undefined: it cannot be attached, or is damaged. */
function unreadOf(
  world: World,
  streams: readonly StreamSegments[],
): readonly (Unread | undefined)[] {
  return streams.map((stream) => withAttached(world, stream, unreadIn));
}

function clear(world: World, streams: readonly StreamSegments[]): void {
  for (const stream of streams) {
    withAttached(world, stream, (data, position) => {
      const end = position.byteLength < POSITION_SEGMENT_BYTES ? undefined : endOfContent(data);
      if (end !== undefined) markCleared(position, end);
    });
  }
}

/** Undefined: the stream cannot be attached. */
function withAttached<T>(
  { memory }: World,
  { dataSegment, positionSegment }: StreamSegments,
  use: (data: ReadableSegment, position: WritableSegment) => T,
): T | undefined {
  const data = memory.attachReadable(dataSegment);
  const position = memory.attachWritable(positionSegment);
  const used = data.ok && position.ok ? use(data.value, position.value) : undefined;
  if (data.ok) data.value.detach();
  if (position.ok) position.value.detach();
  return used;
}

function countUnread(
  world: World,
  { streams }: MemoryEffect & { type: 'memory.countUnread' },
): { events: number; streams: number } {
  const counts = unreadOf(world, streams).map((unread) =>
    unread === undefined ? undefined : unread.events + unread.missed,
  );
  return {
    events: counts.reduce<number>((sum, events = 0) => sum + events, 0),
    streams: counts.filter((events) => events !== 0).length,
  };
}

function inspect(
  { memory }: World,
  effect: MemoryEffect & { type: 'memory.inspectStream' },
): MemoryEvent {
  const { streamId, shape } = effect;
  const data = memory.attachReadable(effect.dataSegment);
  const position = memory.attachReadable(effect.positionSegment);
  const unattached = [data, position].find((segment) => !segment.ok);
  const fault =
    data.ok && position.ok
      ? handoverFault(data.value, position.value, { ...shape, streamId })
      : unattached?.error.code;
  for (const segment of [data, position]) if (segment.ok) segment.value.detach();
  return { type: 'memory.inspected', streamId, ...(fault === undefined ? {} : { fault }) };
}

function measure(
  world: World,
  { link, id, streams }: MemoryEffect & { type: 'memory.measure' },
): MemoryEvent {
  const unread = unreadOf(world, streams).filter((each) => each !== undefined);
  const sum = (of: (each: Unread) => number): number =>
    unread.reduce((total, each) => total + of(each), 0);
  return {
    type: 'memory.measured',
    link,
    id,
    events: sum(({ events }) => events),
    bytes: sum(({ bytes }) => bytes),
    streams: unread.filter(({ bytes }) => bytes > 0).length,
  };
}

function createStream(
  world: World,
  effect: CreateStream,
  own: string,
): OsResult<{ dataSegment: SegmentRef; positionSegment: SegmentRef }> {
  const { shape, writer, consumer, readerGid, streamId, pageBytes } = effect;
  const data = createSegment(
    world,
    segmentBytes(shape),
    {
      uid: writer.uid,
      gid: readerGid ?? writer.gid,
      mode: readerGid === undefined ? 0o600 : 0o640,
    },
    own,
    (segment) => formatSegment(segment, shape, streamId),
  );
  if (!data.ok) return data;
  const position = createSegment(
    world,
    positionSegmentBytes(pageBytes),
    {
      uid: consumer.uid,
      gid: writer.gid,
      mode: writer.uid === consumer.uid ? 0o600 : 0o640,
    },
    own,
    () => undefined,
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
  own: string,
  format: (segment: WritableSegment) => void,
): OsResult<SegmentRef> {
  const created = world.memory.create(byteLength, access, familyOfMark(own));
  if (!created.ok) return created;
  const attached = world.memory.attachWritable(created.value);
  if (!attached.ok) {
    world.memory.remove(created.value);
    return attached;
  }
  markCreator(attached.value, own);
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
