/** The sessions of a registry: created, published, ended (`machine.ts`). */
import { assert } from '../../../src/base/assert.ts';
import { act, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { SessionInput, ToSession } from '../messages.ts';
import { answer } from '../reply.ts';
import type { KnownSession } from './context.ts';
import { type Parts, registryActions } from './scene.ts';

export const sessionActions = registryActions({
  createSession: on('random.uuidMade', (scene) => {
    const { context, event } = scene;
    const { uuid, key } = event;
    const creation = context.creations.find((other) => other.key === key);
    assert(creation !== undefined, 'pre:registry.createSession:is-asked-for');
    const { peer, replyTo, key: _, ...given } = creation;
    const owner = { uid: peer.uid, gid: peer.gid };
    const known = spawnSession(scene, { ...given, uuid, owner });
    scene.enqueue.assign({
      creations: context.creations.filter((other) => other !== creation),
      created: [...context.created, { session: known.session, replyTo }],
      sessions: [...context.sessions, known],
    });
  }),

  noteSession: on('session.changed', (scene) => {
    const { context, event, enqueue } = scene;
    const { session, info } = event;
    scene.enqueue.assign({
      sessions: context.sessions.map((known) =>
        known.session === session ? { ...known, info } : known,
      ),
      created: context.created.filter((waiting) => waiting.session !== session),
    });
    for (const { replyTo } of context.created.filter((waiting) => waiting.session === session)) {
      answer(enqueue, replyTo, { session: info });
    }
  }),

  forgetSession: on('session.ended', (scene) => {
    const { context, event, enqueue } = scene;
    enqueue.emit({ type: 'actor.stop', id: event.session });
    scene.enqueue.assign({
      sessions: context.sessions.filter(({ session }) => session !== event.session),
    });
  }),

  endAll: act(({ context, enqueue }) => {
    enqueue.emit({ type: 'log.write', event: 'registry.ending' });
    for (const { session } of context.sessions) {
      tell<ToSession>(enqueue, session, { type: 'registry.ending' });
    }
  }),

  /** Repeats the request to a session that was busy at the first one, or has lost its consumer since. */
  endAgain: on('session.changed', ({ event, enqueue }) => {
    if (event.info.state === 'destroying') return;
    tell<ToSession>(enqueue, event.session, { type: 'registry.ending' });
  }),
});

/** Starts a session's actor; it publishes itself later. */
export function spawnSession(
  { context, enqueue }: Parts,
  of: Pick<
    SessionInput,
    'name' | 'uuid' | 'owner' | 'output' | 'relay' | 'isFlightRecorder' | 'liveTimerUs' | 'restored'
  >,
): KnownSession {
  const { registry, location, apps } = context;
  const { name, uuid, owner } = of;
  const session = `session-${uuid}`;
  const able = apps.filter(({ unable }) => unable === undefined).map(({ app }) => app);
  const input = { session, registry, location, apps: able, ...of };
  enqueue.emit({ type: 'actor.start', logic: 'session', id: session, input });
  return { session, name, uuid, ownerUid: owner.uid, info: undefined };
}
