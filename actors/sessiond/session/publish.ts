/** What a session reports to its registry, and the record that it writes for the next registry. */
import { act, assign, on } from '../../../src/runtime/act.ts';
import { type Emit, tell } from '../../../src/runtime/tell.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { AppIdentity, ToRegistry, ToRelayLink } from '../messages.ts';
import { recordDirectory } from '../paths.ts';
import { type RecordedState, VERSION } from '../record.ts';
import type { SessionContext } from './context.ts';
import { infoOf } from './info.ts';
import { isOriginal, recordedPlace } from './place.ts';
import { FIRST_CHUNK, recordedRotation } from './rotation.ts';
import { type Parts, sessionActions } from './scene.ts';
import { trackersInfo } from './trackers.ts';

export const publishActions = sessionActions({
  publish: act(({ context, enqueue }, params: { state: SessionInfo['state'] }) => {
    const { state } = params;
    enqueue.assign({ state });
    keepRecord(enqueue, { ...context, state });
    tellInfo(enqueue, { ...context, state });
  }),
  /** Publishes changes without a change of state. */
  publishAgain: act(({ context, enqueue }) => tellInfo(enqueue, context)),
  tellEnded: act((scene) => tellEnded(scene, false)),
  noteEnding: assign({ isEnding: true }),
  changePlace: on('place.changed', ({ event, enqueue }) =>
    enqueue.assign({ location: event.location }),
  ),
});

/** Writes the record of the session, before the later effects of the same step. */
export function keepRecord(enqueue: Emit, context: SessionContext): void {
  enqueue.emit({
    type: 'journal.write',
    directory: recordDirectory(context.location),
    name: context.uuid,
    text: recordText(context, recordedStateOf(context.state)),
  });
}

/** The record of a transitional state contains the target state, so that a restart reaches it. */
function recordedStateOf(state: SessionInfo['state']): RecordedState {
  if (state === 'starting') return 'active';
  if (state === 'pausing') return 'paused';
  return state === 'stopping' ? 'stopped' : state;
}

export function tellInfo(enqueue: Emit, context: SessionContext): void {
  const info = infoOf(context, context.state);
  const { session, registry } = context;
  tell<ToRegistry>(enqueue, registry, { type: 'session.changed', session, info });
}

/** `isKept`: its record and its buffers stay for the next registry. */
export function tellEnded(parts: Parts, isKept: boolean): void {
  const { context, enqueue } = parts;
  endLink(parts);
  tell<ToRegistry>(enqueue, context.registry, {
    type: 'session.ended',
    session: context.session,
    ...(isKept ? { isKept } : {}),
  });
}

export function endLink(parts: Parts): void {
  tellLink(parts, { type: 'link.abort' });
}

/** To the newest relay link; without an effect in a session that has had none. */
export function tellLink({ context, enqueue }: Parts, message: ToRelayLink): void {
  if (context.relayLink !== undefined) tell(enqueue, context.relayLink, message);
}

/** The text of the record; it omits streams whose memory does not exist yet. */
function recordText(context: SessionContext, state: RecordedState): string {
  const {
    name,
    uuid: id,
    owner,
    output,
    place,
    rotation,
    isFlightRecorder,
    snapshotOutput,
    liveTimerUs,
    channels,
    trackers,
    nextStreamId,
    kernel,
  } = context;
  const streams = context.streams.flatMap(
    ({ streamId, channel, app: of, wakePath, memory, buffers, ended }) =>
      memory === undefined
        ? []
        : [{ streamId, channel, app: recordedApp(of), wakePath, memory, buffers, ended }],
  );
  return JSON.stringify({
    version: VERSION,
    name,
    uuid: id,
    owner,
    output,
    isFlightRecorder,
    ...(isFlightRecorder || snapshotOutput !== undefined
      ? { snapshotOutput: snapshotOutput ?? null }
      : {}),
    ...(liveTimerUs === undefined ? {} : { liveTimerUs }),
    ...(kernel === undefined ? {} : { kernel }),
    state,
    channels,
    ...trackersInfo(trackers),
    streams,
    nextStreamId,
    ...(context.isDismissed ? { isDismissed: true } : {}),
    ...(rotation === FIRST_CHUNK ? {} : { rotation: recordedRotation(rotation) }),
    ...(isOriginal(place, output) ? {} : { place: recordedPlace(place) }),
  });
}

function recordedApp(identity: AppIdentity): Omit<AppIdentity, 'link'> {
  const { link: _, libraryVersion: _version, ...rest } = identity;
  return rest;
}
