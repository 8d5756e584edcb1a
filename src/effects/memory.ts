/**
 * Handler of `memory.*`: the registry creates and removes the memory of streams (R1.7, R1.25).
 *
 * The application's user owns the data segment, read-write; the tracing group may only read it. The consumer's user
 * owns the position segment; the application may only read it, through its group. The application's user owns the
 * wake-up pipe; its group is the readers' group.
 */
import { fail, ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { formatSegment } from '../ring/format.ts';
import { POSITION_SEGMENT_BYTES, segmentBytes } from '../ring/layout.ts';
import { unreadIn } from '../ring/unread.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { MemoryEffect } from './contract/memory.ts';

type CreateStream = MemoryEffect & { type: 'memory.createStream' };
type Sweep = MemoryEffect & { type: 'memory.sweep' };
type Known = NonNullable<Sweep['known']>;

export function createMemoryHandler(world: World, deliver: Deliver): EffectHandler<MemoryEffect> {
  return (effect, from) => {
    if (effect.type === 'memory.removeStream') {
      removeStream(world, effect);
      return;
    }
    if (effect.type === 'memory.sweep') {
      deliver(from, { type: 'memory.swept', creators: sweep(world, effect) });
      return;
    }
    if (effect.type === 'memory.countUnread') {
      deliver(from, { type: 'memory.counted', ...countUnread(world, effect) });
      return;
    }
    const { streamId, link } = effect;
    const created = createStream(world, effect);
    deliver(
      from,
      created.ok
        ? { type: 'memory.streamCreated', streamId, link, ...created.value }
        : { type: 'memory.streamFailed', streamId, link, error: created.error },
    );
  };
}

function countUnread(
  { memory }: World,
  { streams }: MemoryEffect & { type: 'memory.countUnread' },
): { events: number; streams: number } {
  let [events, count] = [0, 0];
  for (const { dataSegment, positionSegment } of streams) {
    const data = memory.attachReadable(dataSegment);
    const position = memory.attachWritable(positionSegment);
    const unread = data.ok && position.ok ? unreadIn(data.value, position.value) : undefined;
    if (data.ok) data.value.detach();
    if (position.ok) position.value.detach();
    events += unread ?? 0;
    if (unread !== 0) count += 1;
  }
  return { events, streams: count };
}

function createStream(
  world: World,
  effect: CreateStream,
): OsResult<{ dataSegment: number; positionSegment: number }> {
  const data = createDataSegment(world, effect);
  if (!data.ok) return data;
  const { writer, consumer } = effect;
  const position = world.memory.create(POSITION_SEGMENT_BYTES, {
    uid: consumer.uid,
    gid: writer.gid,
    mode: writer.uid === consumer.uid ? 0o600 : 0o640,
  });
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

function createDataSegment(world: World, effect: CreateStream): OsResult<number> {
  const { shape, writer, readerGid } = effect;
  // The kernel lets the creator of a segment write it, whichever user owns it: we write the header.
  const created = world.memory.create(segmentBytes(shape), {
    uid: writer.uid,
    gid: readerGid ?? writer.gid,
    mode: readerGid === undefined ? 0o600 : 0o640,
  });
  if (!created.ok) return created;
  const attached = world.memory.attachWritable(created.value);
  if (!attached.ok) {
    world.memory.remove(created.value);
    return fail(attached.error);
  }
  formatSegment(attached.value, shape, effect.streamId);
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
 * Removes only segments that our user created, and not those whose creator's id a live process has by now. Segments
 * with our own id are a dead process's: we have created none yet. Returns the creators whose segments remain.
 */
function sweep(world: World, { creators, known }: Sweep): readonly number[] {
  const { uid, pid } = world.identity;
  const listed = world.memory.list();
  if (!listed.ok) {
    world.log('memory.listFailed', { code: listed.error.code });
    return creators;
  }
  const theirs = listed.value.filter(
    ({ creatorUid, creatorPid }) => creatorUid === uid && creators.includes(creatorPid),
  );
  if (known !== undefined) sweepPipes(world, known.pipes);
  const kept = new Set(known?.segments ?? theirs.map(({ id }) => id));
  const staying = theirs.filter(({ id, creatorPid }) => {
    const isAnothers = creatorPid !== pid && world.processes.isAlive(creatorPid);
    return kept.has(id) || isAnothers || !world.memory.remove(id).ok;
  });
  return [...new Set(staying.map(({ creatorPid }) => creatorPid))];
}

function sweepPipes(world: World, { directory, prefix, paths }: Known['pipes']): void {
  const names = world.files.list(directory);
  for (const name of names.ok ? names.value : []) {
    const path = `${directory}/${name}`;
    if (!name.startsWith(prefix) || paths.includes(path)) continue;
    const info = world.files.info(path);
    if (info.ok && info.value.kind === 'pipe') removePipe(world, path);
  }
}

function removeStream(world: World, effect: MemoryEffect & { type: 'memory.removeStream' }): void {
  for (const id of [effect.dataSegment, effect.positionSegment]) {
    const removed = world.memory.remove(id);
    if (!removed.ok && removed.error.code !== 'EIDRM') {
      world.log('memory.removeFailed', { segment: id, code: removed.error.code });
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
