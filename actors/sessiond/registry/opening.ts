/**
 * How a registry opens and closes its directory: the sockets, the records and the memory of earlier registries, the
 * configuration (`machine.ts`).
 */

import { assert } from '../../../src/base/assert.ts';
import type { KnownStream } from '../../../src/effects/contract/memory.ts';
import { isCreatorMark } from '../../../src/ring/format.ts';
import { act, emit, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import { COMMON_PIPE_MODE } from '../../../src/wire/endpoints.ts';
import { instancePrefix, partPrefix } from '../kernel-names.ts';
import { CREATORS_MAX, SESSIONS_MAX } from '../limits.ts';
import type { OwnedRegistryLocation, ToSession } from '../messages.ts';
import { lockPath, PASSAGE_PREFIX, recordDirectory, WAKE_PREFIX } from '../paths.ts';
import { parseRecord } from '../record.ts';
import { buffersOf } from '../session/channels.ts';
import type { KnownSession } from './context.ts';
import { type Parts, registryActions } from './scene.ts';
import { linksOf, spawnSession } from './sessions.ts';

export const CLIENT_LISTENER = 'clients';
const APP_LISTENER = 'apps';

export const openingActions = registryActions({
  makeDirectory: emit(({ context: { location } }) => ({
    type: 'file.makeDirectory' as const,
    path: location.directory,
    mode: location.directoryMode,
  })),
  inspectDirectory: emit(({ context }) => ({
    type: 'file.inspect' as const,
    path: context.location.directory,
  })),
  takeLock: emit(({ context }) => ({
    type: 'file.lock' as const,
    path: lockPath(context.location),
    mode: 0o600,
  })),

  /** Reads the marks that the previous registry wrote into the lock file: these registries may have left memory. */
  readCreators: on('file.locked', ({ event, enqueue }) =>
    enqueue.assign({ creators: event.note.split(' ').filter(isCreatorMark) }),
  ),

  loadRecords: emit(({ context }) => ({
    type: 'journal.load' as const,
    directory: recordDirectory(context.location),
  })),

  /** Restores recorded sessions, and removes memory and pipes that an earlier registry created but did not record. */
  restore: on('journal.loaded', (scene) => {
    const { context, event, enqueue } = scene;
    const { location } = context;
    const sessions: KnownSession[] = [];
    const streams: KnownStream[] = [];
    const wakePaths: string[] = [];
    const named = new Set(event.records.map(({ name }) => name));
    for (const { name, text } of event.records) {
      const record = parseRecord(name, text, location.uid);
      if (!record.ok || sessions.length >= SESSIONS_MAX) {
        const reason = record.ok ? `there are more than ${SESSIONS_MAX} records` : record.error;
        enqueue.emit({ type: 'journal.setAside', directory: recordDirectory(location), name });
        enqueue.emit({
          type: 'log.write',
          event: 'session.recordSetAside',
          fields: { record: name, reason },
        });
        continue;
      }
      const { uuid, owner, output, isFlightRecorder = false, liveTimerUs, kernel } = record.value;
      for (const stream of record.value.streams) {
        const buffers = buffersOf(record.value.channels, stream);
        assert(buffers !== undefined, 'pre:registry.restore:channel-exists');
        streams.push({ ...stream.memory, writerUid: stream.app.uid, shape: buffers.shape });
        wakePaths.push(stream.wakePath);
      }
      const { name: sessionName } = record.value;
      const known = {
        name: sessionName,
        uuid,
        owner,
        output,
        isFlightRecorder,
        liveTimerUs,
        kernel,
        restored: record.value,
        ...(event.isWhole && kernel !== undefined && !named.has(kernel.user)
          ? { isOrphan: true as const }
          : {}),
      };
      sessions.push(spawnSession(scene, known));
      enqueue.emit({
        type: 'log.write',
        event: 'session.restored',
        fields: { session: record.value.name, state: record.value.state },
      });
    }
    scene.enqueue.assign({ sessions, kernelLinks: linksOf(sessions) });
    // An unreadable or invalid record may name segments in use that hold events: then no segment is removed.
    const isWhole = event.isWhole && sessions.length === event.records.length;
    const pipes = {
      directory: location.directory,
      prefix: WAKE_PREFIX,
      paths: wakePaths,
      passagePrefix: PASSAGE_PREFIX,
    };
    enqueue.emit({
      type: 'memory.sweep',
      creators: context.creators,
      streams,
      pipes,
      isWhole,
    });
    if (isWhole && location.scope === 'global') sweepInstances(scene, sessions);
  }),

  /**
   * Before it creates any memory, a registry appends its own mark to the lock file for the next registry, with those of
   * earlier registries whose memory still exists. Records name that memory until it is removed. Process ids would not
   * do: they are reused, and differ between pid namespaces.
   */
  noteCreators: on('memory.swept', ({ context, event, enqueue }) => {
    const { location } = context;
    const others = event.creators.slice(-CREATORS_MAX);
    enqueue.emit({
      type: 'file.noteInLock',
      path: lockPath(location),
      line: [...others, event.own].join(' '),
      isAll: others.length === 0,
    });
  }),

  listen: act(({ context: { location, areSocketsGiven }, enqueue }) => {
    if (!areSocketsGiven) {
      enqueue.emit({ type: 'file.remove', path: location.clientPath });
      enqueue.emit({ type: 'file.remove', path: location.appPath });
    }
    enqueue.emit({
      type: 'wire.listen',
      listener: APP_LISTENER,
      path: location.appPath,
      mode: location.scope === 'global' ? 0o666 : 0o600,
      protocol: 'app.registry',
    });
    enqueue.emit({
      type: 'wire.listen',
      listener: CLIENT_LISTENER,
      path: location.clientPath,
      ...clientAccess(location),
      protocol: 'control.registry',
    });
  }),

  announce: act(({ context: { location, pid }, enqueue }) => {
    enqueue.emit({ type: 'pipe.signal', path: location.pipePath, mode: COMMON_PIPE_MODE });
    enqueue.emit({
      type: 'log.write',
      event: 'registry.ready',
      fields: { scope: location.scope, directory: location.directory, pid },
    });
  }),

  /** Applies the new group to later connections, and to buffers that are created later. */
  reload: on('configuration.read', ({ context, event, enqueue }) => {
    const { groupId: _, ...rest } = context.location;
    const location = event.groupId === undefined ? rest : { ...rest, groupId: event.groupId };
    enqueue.emit({
      type: 'log.write',
      event: 'configuration.reloaded',
      fields: { group: event.groupId },
    });
    if (context.location.groupId === event.groupId) return;
    enqueue.assign({ location });
    const { clientPath: path } = location;
    const access = clientAccess(location);
    enqueue.emit({ type: 'wire.regroup', listener: CLIENT_LISTENER, path, ...access });
    for (const { session } of context.sessions) {
      tell<ToSession>(enqueue, session, { type: 'place.changed', location });
    }
  }),

  giveUp: act(({ enqueue }, params: { code: number; reason: string }) => {
    enqueue.assign({ exitCode: params.code });
    enqueue.emit({
      type: 'log.write',
      event: 'registry.startFailed',
      fields: { reason: params.reason },
    });
  }),

  unlisten: act(({ enqueue }) => {
    enqueue.emit({ type: 'wire.unlisten', listener: CLIENT_LISTENER });
    enqueue.emit({ type: 'wire.unlisten', listener: APP_LISTENER });
  }),
});

/** Instances of kernel parts that no record names. */
function sweepInstances({ context, enqueue }: Parts, sessions: readonly KnownSession[]): void {
  const { directory } = context.location;
  const kept = sessions.filter(({ kernelOf }) => kernelOf !== undefined);
  enqueue.emit({
    type: 'kernel.sweep',
    prefix: instancePrefix(directory),
    kept: kept.map(({ uuid }) => partPrefix(directory, uuid)),
  });
}

function clientAccess({ groupId }: OwnedRegistryLocation): { mode: number; gid?: number } {
  return groupId === undefined ? { mode: 0o600 } : { mode: 0o660, gid: groupId };
}
