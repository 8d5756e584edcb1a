/**
 * How a registry opens and closes its place: sockets, the records and the memory of registries before it, its
 * configuration (`machine.ts`).
 */
import { assert } from '../../../src/base/assert.ts';
import { tell } from '../../../src/runtime/tell.ts';
import { COMMON_PIPE_MODE } from '../../../src/wire/endpoints.ts';
import { SESSIONS_MAX } from '../limits.ts';
import type { RegistryPlace, ToSession } from '../messages.ts';
import { lockPath, recordDirectory, WAKE_PREFIX } from '../paths.ts';
import { parseRecord } from '../session/record.ts';
import { type Scene, spawnSession } from './actions.ts';
import { type KnownSession } from './context.ts';

export const CLIENT_LISTENER = 'clients';
const APP_LISTENER = 'apps';
/** Registries before this one whose memory is looked after: their ids fit into one note in the lock. */
const MAKERS_MAX = 64;

export function listen({ context: { place, areSocketsGiven }, enqueue }: Scene): void {
  if (!areSocketsGiven) {
    enqueue.emit({ type: 'file.remove', path: place.clientPath });
    enqueue.emit({ type: 'file.remove', path: place.appPath });
  }
  enqueue.emit({
    type: 'wire.listen',
    listener: APP_LISTENER,
    path: place.appPath,
    mode: place.scope === 'global' ? 0o666 : 0o600,
    protocol: 'app.registry',
  });
  enqueue.emit({
    type: 'wire.listen',
    listener: CLIENT_LISTENER,
    path: place.clientPath,
    ...clientAccess(place),
    protocol: 'control.registry',
  });
}

function clientAccess({ groupId }: RegistryPlace): { mode: number; gid?: number } {
  return groupId === undefined ? { mode: 0o600 } : { mode: 0o660, gid: groupId };
}

/** Another group from now on: for who comes, and for the buffers that are made. */
export function reload({ context, event, enqueue }: Scene): void {
  assert(event.type === 'configuration.read', 'pre:registry.reload:is-read');
  const { groupId: _, ...rest } = context.place;
  const place = event.groupId === undefined ? rest : { ...rest, groupId: event.groupId };
  enqueue.emit({
    type: 'log.write',
    level: 'info',
    message: 'Read the configuration again',
    fields: { group: event.groupId },
  });
  if (context.place.groupId === event.groupId) return;
  enqueue.assign({ place });
  const { clientPath: path } = place;
  enqueue.emit({ type: 'wire.regroup', listener: CLIENT_LISTENER, path, ...clientAccess(place) });
  for (const { session } of context.sessions) {
    tell<ToSession>(enqueue, session, { type: 'place.changed', place });
  }
}

/** Sessions that an earlier registry wrote down go on; what it made and could not write down any more goes. */
export function restore({ context, event, enqueue }: Scene): void {
  assert(event.type === 'journal.loaded', 'pre:registry.restore:is-loaded');
  const { place } = context;
  const sessions: KnownSession[] = [];
  const segments: number[] = [];
  const wakePaths: string[] = [];
  for (const { name, text } of event.records) {
    const record = parseRecord(name, text);
    if (!record.ok || sessions.length >= SESSIONS_MAX) {
      const reason = record.ok ? `there are more than ${SESSIONS_MAX}` : record.error;
      enqueue.emit({ type: 'journal.setAside', directory: recordDirectory(place), name });
      enqueue.emit({
        type: 'log.write',
        level: 'error',
        message: 'Set the record of a session aside',
        fields: { record: name, reason },
      });
      continue;
    }
    const { uuid, owner, output, isFlightRecorder = false } = record.value;
    for (const { memory, wakePath } of record.value.streams) {
      segments.push(memory.dataSegment, memory.positionSegment);
      wakePaths.push(wakePath);
    }
    const { name: called } = record.value;
    const known = { name: called, uuid, owner, output, isFlightRecorder, restored: record.value };
    sessions.push(spawnSession({ context, enqueue }, known));
    enqueue.emit({
      type: 'log.write',
      level: 'info',
      message: 'Restored a session',
      fields: { session: record.value.name, state: record.value.state },
    });
  }
  enqueue.assign({ sessions });
  // What a record names that could not be read, or makes no sense, may be in use and hold events: it stays.
  const isWhole = event.isWhole && sessions.length === event.records.length;
  const pipes = { directory: place.directory, prefix: WAKE_PREFIX, paths: wakePaths };
  enqueue.emit({
    type: 'memory.sweep',
    makers: context.makers,
    ...(isWhole ? { known: { segments, pipes } } : {}),
  });
}

/** Who may have left memory behind, as the registry before this one noted it. */
export function readMakers({ event, enqueue }: Scene): void {
  assert(event.type === 'file.locked', 'pre:registry.readMakers:is-locked');
  const pids = event.note.split(' ').map(Number);
  enqueue.assign({ makers: pids.filter((pid) => Number.isSafeInteger(pid) && pid > 0) });
}

/**
 * Before it makes anything, a registry notes itself for the next one, with those before it of whose memory some is
 * still there: what they made is in records that name it, until it is taken out of them and removed right after.
 */
export function noteMakers({ context, event, enqueue }: Scene): void {
  assert(event.type === 'memory.swept', 'pre:registry.noteMakers:is-swept');
  const { place, pid } = context;
  const others = event.makers.filter((maker) => maker !== pid).slice(-MAKERS_MAX);
  enqueue.emit({
    type: 'file.noteInLock',
    path: lockPath(place),
    line: [...others, pid].join(' '),
    isAll: others.length === 0,
  });
}

export function announce({ context: { place, pid }, enqueue }: Scene): void {
  enqueue.emit({ type: 'pipe.signal', path: place.pipePath, mode: COMMON_PIPE_MODE });
  enqueue.emit({
    type: 'log.write',
    level: 'info',
    message: 'Registry is ready',
    fields: { scope: place.scope, directory: place.directory, pid },
  });
}

export function giveUp({ enqueue }: Scene, params: { code: number; reason: string }): void {
  enqueue.assign({ exitCode: params.code });
  enqueue.emit({
    type: 'log.write',
    level: 'error',
    message: 'Registry cannot start',
    fields: { reason: params.reason },
  });
}

export function unlisten({ enqueue }: Scene): void {
  enqueue.emit({ type: 'wire.unlisten', listener: CLIENT_LISTENER });
  enqueue.emit({ type: 'wire.unlisten', listener: APP_LISTENER });
}
