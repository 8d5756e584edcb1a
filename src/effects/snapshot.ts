/**
 * Handler of `snapshot.*`: copies what the buffers of a session hold into a trace of its own (R1.23).
 *
 * The trace is made beside its place, in a directory that nobody else has while we live, made durable, and takes its
 * name at last: a directory of that name is a whole snapshot, whatever happened. Streams are attached when they are
 * told of, since they may be removed after that, and copied one by one; the oldest part of a stream that is written
 * fast may be gone by then, which its numbers say.
 */
import { parentOf } from '../base/path.ts';
import { UNFINISHED } from '../ctf/trace-directory.ts';
import type { OsError } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { removeTree, syncTree } from '../recorder/directory-tree.ts';
import { ProcessTraces } from '../recorder/process-traces.ts';
import { openSnapshotRecorder, type StreamRecorder } from '../recorder/stream-recorder.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { SnapshotEffect } from './contract/recorder.ts';
import { machineClock } from './machine-clock.ts';
import type { TracerVersion } from './trace.ts';

export function createSnapshotHandler(
  world: World,
  deliver: Deliver,
  version: TracerVersion,
): EffectHandler<SnapshotEffect> {
  const { files } = world;
  const recorders: StreamRecorder[] = [];
  let output = '';
  /** Where the trace is made: it is looked for now and made later, and others may want the same place. */
  let unfinished = '';
  let traces: ProcessTraces | undefined;
  let lost = 0;
  let isAbandoned = false;

  function open(effect: SnapshotEffect & { type: 'snapshot.open' }): void {
    output = effect.output;
    unfinished = `${output}.${world.identity.pid}${UNFINISHED}`;
    const { offsetNs, uuid } = machineClock(world);
    traces = new ProcessTraces(world, {
      output: unfinished,
      sessionName: effect.sessionName,
      clockOffsetNs: offsetNs,
      clockUuid: uuid,
      tracerMajor: version.major,
      tracerMinor: version.minor,
    });
  }

  function attach(stream: ConsumerStream): void {
    if (traces === undefined) return;
    const recorder = openSnapshotRecorder(world, traces, stream);
    if (recorder.ok) recorders.push(recorder.value);
    else lose(stream, recorder.error);
  }

  function lose({ streamId, channel, pid }: ConsumerStream, reason: string): void {
    lost += 1;
    world.log('error', 'Lost a stream', { 'stream-id': streamId, channel, pid, reason });
  }

  function begin(from: string): void {
    // Of one with our id that was killed: it is not ours to add to.
    if (!files.info(unfinished).ok) write(from, 0);
    else
      deliver(from, {
        type: 'snapshot.failed',
        error: { code: 'EEXIST', call: 'files.makeDirectory', subject: unfinished },
      });
  }

  /** One stream after the other, so that signals are heard in between. */
  function write(from: string, nth: number): void {
    if (isAbandoned) return;
    const recorder = recorders[nth];
    if (recorder === undefined) {
      finish(from);
      return;
    }
    const copied = recorder.drain(true);
    if (!copied.ok) {
      const trouble = copied.error;
      if (trouble.kind === 'write') {
        giveUp(from, trouble.error);
        return;
      }
      lose(recorder.stream, trouble.reason);
    }
    world.clock.setTimer(0, () => write(from, nth + 1));
  }

  function finish(from: string): void {
    const streams = recorders.length;
    closeAll();
    const found = files.info(unfinished);
    if (!found.ok && found.error.code === 'ENOENT') {
      deliver(from, { type: 'snapshot.written', streams, lost, bytes: 0 });
      return;
    }
    const synced = found.ok ? syncTree(files, unfinished) : found;
    const named = synced.ok ? files.rename(unfinished, output) : synced;
    const kept = named.ok ? files.syncDirectory(parentOf(output)) : named;
    if (synced.ok && kept.ok) {
      deliver(from, { type: 'snapshot.written', streams, lost, bytes: synced.value });
    } else if (!kept.ok) giveUp(from, kept.error);
  }

  function giveUp(from: string, error: OsError): void {
    takeBack();
    deliver(from, { type: 'snapshot.failed', error });
  }

  function takeBack(): void {
    isAbandoned = true;
    closeAll();
    const removed = removeTree(files, unfinished);
    // Nothing was written yet.
    if (removed.ok || removed.error.code === 'ENOENT') return;
    const { code, subject } = removed.error;
    world.log('warn', 'Cannot remove a snapshot that is not complete', { path: subject, code });
  }

  /** Not one by one: streams of one process share a trace. */
  function closeAll(): void {
    for (const recorder of recorders.splice(0)) recorder.close();
  }

  return (effect, from) => {
    switch (effect.type) {
      case 'snapshot.open':
        return open(effect);
      case 'snapshot.attach':
        return attach(effect.stream);
      case 'snapshot.write':
        return begin(from);
      case 'snapshot.abandon':
        return takeBack();
    }
  };
}
