/**
 * Handler of `trace.*`: a consumer's data path, plain functions from shared memory to files (R1.19 to R1.22).
 *
 * When it looks at a stream: on a byte in its wake-up pipe, which applications write with each finished sub-buffer
 * (R1.21); on its read timer, for wake-ups that got lost; on its switch timer, when begun sub-buffers are written
 * too, so that a trace can be followed.
 */

import type { Timer } from '../port/clock.ts';
import type { PipeWait } from '../port/named-pipes.ts';
import type { OsError } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { ProcessTraces } from '../recorder/process-traces.ts';
import type { RecordingTrouble } from '../recorder/recording-error.ts';
import { openStreamRecorder, type StreamRecorder } from '../recorder/stream-recorder.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { TraceEffect } from './contract/recorder.ts';
import { machineClock } from './machine-clock.ts';

/** What could not be written is tried again this often, and while closing this many times. */
export const RETRY_MS = 500;
export const CLOSE_RETRIES_MAX = 20;
/** How often it is looked whether the writers of streams that no registry knows have let go of them. */
const FORSAKEN_LOOK_MS = 200;
/** No timer of a channel runs faster. */
const TIMER_MS_MIN = 1;

/** The program, as the traces' environment names it. */
export interface TracerVersion {
  readonly major: number;
  readonly minor: number;
}

interface Recording {
  readonly recorder: StreamRecorder;
  /** The application is gone: nothing is added any more. */
  isEnded: boolean;
  /** No registry knows it: it goes when its writer has. */
  isForsaken: boolean;
  /** Why what it held last is not written, or why it cannot be read any further. */
  trouble: RecordingTrouble | undefined;
}

export function createTraceHandler(
  world: World,
  deliver: Deliver,
  version: TracerVersion,
): EffectHandler<TraceEffect> {
  /** By their data segments: a registry may give the numbers again of streams that it does not know. */
  const recordings = new Map<number, Recording>();
  const wakes = new Map<string, { wait: PipeWait; recordings: Set<Recording> }>();
  const ticks = new Map<number, Timer>();
  let traces: ProcessTraces | undefined;
  let isTroubleTold = false;
  let retry: Timer | undefined;
  /** The flush that is answered once nobody else holds what is to be written; whoever asked does not wait for ever. */
  let awaitedFlush: number | undefined;
  let look: Timer | undefined;

  function open(effect: TraceEffect & { type: 'trace.open' }, from: string): void {
    const made = world.files.makeDirectory(effect.output, 0o700);
    if (!made.ok) {
      deliver(from, { type: 'trace.openFailed', error: made.error });
      return;
    }
    const { offsetNs, uuid } = machineClock(world);
    traces = new ProcessTraces(world, {
      output: effect.output,
      sessionName: effect.sessionName,
      clockOffsetNs: offsetNs,
      clockUuid: uuid,
      tracerMajor: version.major,
      tracerMinor: version.minor,
    });
    deliver(from, { type: 'trace.opened' });
  }

  function addStream(stream: ConsumerStream, from: string): void {
    if (traces === undefined || recordings.has(stream.dataSegment)) return;
    const recording: Recording = {
      recorder: openStreamRecorder(world, traces, stream),
      isEnded: false,
      isForsaken: false,
      trouble: undefined,
    };
    recordings.set(stream.dataSegment, recording);
    listen(recording, from);
    for (const periodUs of [stream.readTimerUs, stream.switchTimerUs]) startTick(periodUs, from);
    // What waits from a time without a consumer; also, the memory stays ours from now on, whoever removes it.
    drain(recording, false, from);
  }

  function listen(recording: Recording, from: string): void {
    const { wakePath } = recording.recorder.stream;
    const wake = wakes.get(wakePath);
    if (wake !== undefined) {
      wake.recordings.add(recording);
      return;
    }
    const woken = new Set([recording]);
    const wait = world.pipes.read(wakePath, () => {
      for (const one of woken) drain(one, false, from);
    });
    if (wait.ok) wakes.set(wakePath, { wait: wait.value, recordings: woken });
    else
      world.log('warn', 'Cannot read a wake-up pipe: the read timer has to do', told(wait.error));
  }

  function startTick(periodUs: number, from: string): void {
    const periodMs = periodMsOf(periodUs);
    if (periodMs === undefined || ticks.has(periodMs)) return;
    const tick = (): void => {
      let isWanted = false;
      for (const recording of recordings.values()) {
        const { readTimerUs, switchTimerUs } = recording.recorder.stream;
        const reads = periodMsOf(readTimerUs) === periodMs;
        const switches = periodMsOf(switchTimerUs) === periodMs;
        if (reads || switches) drain(recording, switches, from);
        isWanted ||= reads || switches;
      }
      if (isWanted) ticks.set(periodMs, world.clock.setTimer(periodMs, tick));
      else ticks.delete(periodMs);
    };
    ticks.set(periodMs, world.clock.setTimer(periodMs, tick));
  }

  /** Writes what there is. An ended stream of which everything is written is released, whoever looked at it. */
  function drain(recording: Recording, flush: boolean, from: string): void {
    const isDone = write(recording, flush, from);
    if (isDone && recording.isEnded) release(recording, from);
  }

  /** True when everything that was to be written is. */
  function write(recording: Recording, flush: boolean, from: string): boolean {
    if (recording.trouble?.kind === 'lost') return true;
    const drained = recording.recorder.drain(flush || recording.isEnded);
    recording.trouble = drained.ok ? undefined : drained.error;
    if (!drained.ok) noteTrouble(recording, drained.error, from);
    else if (isTroubleTold && !isAnyStuck()) {
      isTroubleTold = false;
      world.log('info', 'The trace can be written again');
    }
    return !isStuck(recording);
  }

  function noteTrouble(recording: Recording, trouble: RecordingTrouble, from: string): void {
    if (trouble.kind === 'lost') {
      tellLost(recording.recorder.stream, trouble.reason);
      return;
    }
    if (!isTroubleTold) {
      isTroubleTold = true;
      world.log(
        'error',
        'Cannot write the trace: events stay in the buffers as long as there is room',
        trouble.kind === 'write' ? told(trouble.error) : { reason: trouble.reason },
      );
    }
    retry ??= world.clock.setTimer(RETRY_MS, () => {
      retry = undefined;
      for (const stuck of [...recordings.values()].filter(isStuck)) {
        drain(stuck, awaitedFlush !== undefined, from);
      }
      answerFlush(from);
    });
  }

  function flush(token: number, from: string): void {
    for (const recording of recordings.values()) drain(recording, true, from);
    awaitedFlush = token;
    answerFlush(from);
  }

  function answerFlush(from: string): void {
    if (awaitedFlush === undefined || [...recordings.values()].some(isHeld)) return;
    const token = awaitedFlush;
    awaitedFlush = undefined;
    deliver(from, { type: 'trace.flushed', token });
  }

  function isAnyStuck(): boolean {
    return [...recordings.values()].some(isStuck);
  }

  function tellLost({ streamId, channel, pid }: ConsumerStream, reason: string): void {
    world.log('error', 'Lost a stream', { 'stream-id': streamId, channel, pid, reason });
  }

  function endStream(streamId: number, from: string): void {
    const recording = [...recordings.values()].find(
      (other) => other.recorder.stream.streamId === streamId && !other.isForsaken,
    );
    // One that we know nothing of has nothing to lose.
    if (recording === undefined) {
      deliver(from, { type: 'trace.streamReleased', streamId });
      return;
    }
    recording.isEnded = true;
    drain(recording, true, from);
  }

  function release(recording: Recording, from: string): void {
    forget(recording);
    deliver(from, {
      type: 'trace.streamReleased',
      streamId: recording.recorder.stream.streamId,
    });
  }

  function forget(recording: Recording): void {
    const { recorder } = recording;
    const { dataSegment, wakePath } = recorder.stream;
    recorder.close();
    recordings.delete(dataSegment);
    const wake = wakes.get(wakePath);
    if (wake === undefined) return;
    wake.recordings.delete(recording);
    if (wake.recordings.size > 0) return;
    wake.wait.close();
    wakes.delete(wakePath);
  }

  function keepOnly(segments: readonly number[], from: string): void {
    const known = new Set(segments);
    // The registry that asked is no more.
    awaitedFlush = undefined;
    for (const [segment, recording] of recordings) {
      recording.isForsaken = !known.has(segment);
      // What the registry before this one said of it counts no more: this one has a word of its own for those it knows.
      recording.isEnded = false;
    }
    lookAtForsaken(from);
  }

  /** Whoever wrote into them until now follows the registry, or is dead: then the kernel knows nobody but us. */
  function lookAtForsaken(from: string): void {
    look?.cancel();
    look = undefined;
    for (const recording of [...recordings.values()].filter(({ isForsaken }) => isForsaken)) {
      const { dataSegment } = recording.recorder.stream;
      const attachments = world.memory.attachments(dataSegment);
      // Asked before: what was written until then is read now.
      const isWritten = write(recording, true, from);
      if (isWritten && (!attachments.ok || attachments.value <= 1)) forget(recording);
      else look ??= world.clock.setTimer(FORSAKEN_LOOK_MS, () => lookAtForsaken(from));
    }
  }

  function isRemoved({ recorder }: Recording): boolean {
    const info = world.memory.info(recorder.stream.dataSegment);
    return !info.ok && info.error.code === 'EIDRM';
  }

  /** Another consumer goes on with what it can attach. */
  function yieldRecordings(): void {
    for (const recording of [...recordings.values()]) if (!isRemoved(recording)) forget(recording);
  }

  function close(from: string, attempt: number): void {
    awaitedFlush = undefined;
    let isDone = true;
    for (const recording of recordings.values()) isDone = write(recording, true, from) && isDone;
    if (!isDone && attempt < CLOSE_RETRIES_MAX) {
      world.clock.setTimer(RETRY_MS, () => close(from, attempt + 1));
      return;
    }
    if (!isDone) world.log('error', 'Gave up writing what the buffers still hold');
    for (const recording of [...recordings.values()]) forget(recording);
    look?.cancel();
    deliver(from, { type: 'trace.closed' });
  }

  return (effect, from) => {
    switch (effect.type) {
      case 'trace.open':
        return open(effect, from);
      case 'trace.addStream':
        return addStream(effect.stream, from);
      case 'trace.keepOnly':
        return keepOnly(effect.segments, from);
      case 'trace.flush':
        return flush(effect.token, from);
      case 'trace.endStream':
        return endStream(effect.streamId, from);
      case 'trace.close':
        if (effect.isReplaced) yieldRecordings();
        return close(from, 0);
    }
  };
}

/** Its last packet could not be written. */
function isStuck({ trouble }: Recording): boolean {
  return trouble !== undefined && trouble.kind !== 'lost';
}

/** Another consumer still has the lock of its trace: it will let go once it has heard of this one. */
function isHeld({ trouble }: Recording): boolean {
  return (
    trouble?.kind === 'write' &&
    trouble.error.call === 'files.lock' &&
    trouble.error.code === 'EAGAIN'
  );
}

/** Undefined: the timer is off. */
function periodMsOf(periodUs: number): number | undefined {
  return periodUs === 0 ? undefined : Math.max(TIMER_MS_MIN, Math.round(periodUs / 1000));
}

function told({ code, call, subject }: OsError): Record<string, string> {
  return { code, call, subject };
}
