/** What a session lets be known of itself: to the registry, and to a registry that comes after a crash. */
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import { recordDirectory } from '../registry/paths.ts';
import { type Emit, type SceneOf, tell } from '../registry/tell.ts';
import type { ToRegistry } from '../registry/types.ts';
import { infoOf, type SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';
import { type RecordedState, recordText } from './record.ts';

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
