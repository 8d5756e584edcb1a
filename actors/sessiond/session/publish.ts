/** What a session lets be known of itself: to the registry, and to a registry that comes after a crash. */

import { type Emit, type SceneOf, tell } from '../../../src/runtime/tell.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { AppIdentity, ToRegistry } from '../messages.ts';
import { recordDirectory } from '../paths.ts';
import { infoOf, type SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';
import { type RecordedState, VERSION } from './record.ts';

type Scene = SceneOf<SessionContext, SessionEvent>;

/** Writes the session down: before whatever comes after it in the same step. */
export function keepRecord(enqueue: Emit, context: SessionContext): void {
  enqueue.emit({
    type: 'journal.write',
    directory: recordDirectory(context.place),
    name: context.uuid,
    text: recordText(context, recordedStateOf(context.state)),
  });
}

/** A state on the way to another one is written down as that one: so a restart gets there. */
function recordedStateOf(state: SessionInfo['state']): RecordedState {
  if (state === 'starting') return 'active';
  return state === 'stopping' ? 'stopped' : state;
}

export function publish(
  { context, enqueue }: Scene,
  { state }: { state: SessionInfo['state'] },
): void {
  enqueue.assign({ state });
  keepRecord(enqueue, { ...context, state });
  tellInfo(enqueue, { ...context, state });
}

export function tellInfo(enqueue: Emit, context: SessionContext): void {
  const info = infoOf(context, context.state);
  const { session, registry } = context;
  tell<ToRegistry>(enqueue, registry, { type: 'session.changed', session, info });
}

/** What changed without a change of state. */
export function publishAgain({ context, enqueue }: Scene): void {
  tellInfo(enqueue, context);
}

export function tellEnded({ context, enqueue }: Pick<Scene, 'context' | 'enqueue'>): void {
  tell<ToRegistry>(enqueue, context.registry, {
    type: 'session.ended',
    session: context.session,
  });
}

/** The record of a session; streams whose memory is still being made are not there yet. */
function recordText(context: SessionContext, state: RecordedState): string {
  const { name, uuid: id, owner, output, isFlightRecorder, channels, nextStreamId } = context;
  const streams = context.streams.flatMap(
    ({ streamId, channel, app: of, wakePath, memory, ended }) =>
      memory === undefined
        ? []
        : [{ streamId, channel, app: recordedApp(of), wakePath, memory, ended }],
  );
  return JSON.stringify({
    version: VERSION,
    name,
    uuid: id,
    owner,
    output,
    isFlightRecorder,
    state,
    channels,
    streams,
    nextStreamId,
    ...(context.isDismissed ? { isDismissed: true } : {}),
  });
}

function recordedApp(identity: AppIdentity): Omit<AppIdentity, 'link'> {
  const { link: _, ...rest } = identity;
  return rest;
}
