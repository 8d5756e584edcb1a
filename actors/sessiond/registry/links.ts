/** Actions of a registry for its links, and for their applications and consumers (`machine.ts`). */
import { type OfType, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { ToAppLink, ToClientLink, ToSession } from '../messages.ts';
import { recordDirectory } from '../paths.ts';
import {
  countLink,
  findSession,
  fullness,
  type LinkKind,
  mayUse,
  withAnnounced,
} from './context.ts';
import type { RegistryEvent } from './events.ts';
import { type Parts, registryActions } from './scene.ts';

const TOO_MANY = 'the registry has too many connections';

export const linkActions = registryActions({
  greetClient: on('wire.accepted', (scene) => {
    const { context, event, enqueue } = scene;
    const { connection, peer, isMember } = event;
    const link = admit(scene, event, 'client', {
      type: 'refused',
      code: 'LIMIT',
      reason: TOO_MANY,
    });
    if (link === undefined) return;
    enqueue.emit({
      type: 'actor.start',
      logic: 'client-link',
      id: link,
      input: {
        link,
        connection,
        peer,
        registry: context.registry,
        registryPid: context.pid,
        scope: context.location.scope,
        records: recordDirectory(context.location),
        isAllowed: mayUse(context.location, peer, isMember),
      },
    });
  }),

  greetApp: on('wire.accepted', (scene) => {
    const { context, event, enqueue } = scene;
    const { connection, peer, listener } = event;
    const link = admit(scene, event, 'app', { type: 'refused', reason: TOO_MANY });
    if (link === undefined) return;
    enqueue.emit({
      type: 'actor.start',
      logic: 'app-link',
      id: link,
      input: { link, connection, listener, peer, registry: context.registry },
    });
  }),

  forgetLink: on('link.closed', (scene) => {
    const { kind, uid } = scene.event;
    scene.enqueue.assign(countLink(scene.context, kind, uid, -1));
  }),

  /** The link collects the parts of all sessions before it sends the first state to the application. */
  introduceApp: on('app.registered', (scene) => {
    const { context, event, enqueue } = scene;
    const { app } = event;
    scene.enqueue.assign({ apps: [...context.apps, { app, tracepoints: [], listedBytes: 0 }] });
    // Kernel parts trace no applications.
    const sessions = context.sessions.filter(({ kernelOf }) => kernelOf === undefined);
    tell<ToAppLink>(enqueue, app.link, {
      type: 'sessions.listed',
      uuids: sessions.map(({ uuid }) => uuid),
    });
    for (const { session } of sessions)
      tell<ToSession>(enqueue, session, { type: 'app.joined', app });
  }),

  dismissApp: on('app.lost', ({ context, event, enqueue }) => {
    const { link, hasSaidSo } = event;
    enqueue.assign({ apps: context.apps.filter(({ app }) => app.link !== link) });
    for (const { session } of context.sessions) {
      tell<ToSession>(enqueue, session, { type: 'app.left', link, hasSaidSo });
    }
  }),

  /** A thread that cannot record gets no memory: for the sessions it has left. */
  noteUnable: on('app.unable', ({ context, event: { link, reason }, enqueue }) => {
    const known = context.apps.find(({ app }) => app.link === link);
    if (known === undefined || known.unable !== undefined) return;
    const { pid, tid, uid, processName: name } = known.app;
    enqueue.emit({
      type: 'log.write',
      event: 'registry.threadUnable',
      fields: { pid, tid, uid, name, reason },
    });
    enqueue.assign({
      apps: context.apps.map((other) => (other === known ? { ...known, unable: reason } : other)),
    });
    for (const { session } of context.sessions) {
      const left = { type: 'app.left', link, hasSaidSo: true, unable: reason } as const;
      tell<ToSession>(enqueue, session, left);
    }
  }),

  noteTracepoints: on('app.announced', (scene) => {
    const { link, defined } = scene.event;
    scene.enqueue.assign({ apps: withAnnounced(scene.context.apps, link, defined) });
  }),

  passConsumer: on('consumer.attaching', ({ context, event, enqueue }) => {
    const { link, peer, sessionUuid, isSnapshot } = event;
    const found = findSession(context, peer, sessionUuid);
    // A snapshot takes no data from the owner: root may write one as root.
    if (found.ok && !isSnapshot && found.value.owner.uid !== peer.uid) {
      const reason = `Only the owner of session "${found.value.name}" can run its consumer`;
      tell<ToClientLink>(enqueue, link, {
        type: 'consumer.refused',
        code: 'NOT_ALLOWED',
        reason,
      });
    } else if (found.ok) {
      tell<ToSession>(enqueue, found.value.session, {
        ...(isSnapshot ? { type: 'snapshot.begun' } : { type: 'consumer.attached', gid: peer.gid }),
        link,
        pid: peer.pid,
      });
    } else {
      tell<ToClientLink>(enqueue, link, { type: 'consumer.refused', ...found.error });
    }
  }),
});

/** Counts the connection and returns the id of its link, or refuses the connection and returns undefined. */
function admit(
  { context, enqueue }: Parts,
  { connection, peer }: OfType<RegistryEvent, 'wire.accepted'>,
  kind: LinkKind,
  refusal: unknown,
): string | undefined {
  const { pid, uid } = peer;
  const full = fullness(context, kind, uid);
  if (full !== undefined) {
    enqueue.emit({ type: 'wire.send', connection, message: refusal });
    enqueue.emit({ type: 'wire.close', connection });
    enqueue.emit({
      type: 'log.write',
      event: 'registry.connectionRefused',
      fields: { [full.limit]: full.value, pid, uid },
    });
    return undefined;
  }
  enqueue.assign({ linkCount: context.linkCount + 1, ...countLink(context, kind, uid, 1) });
  return `${kind}-${context.linkCount}`;
}
