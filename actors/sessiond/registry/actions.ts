/** What a registry does on the way between its states (`machine.ts`). */
import { assert } from '../../../src/base/assert.ts';
import type { StartEffect } from '../../../src/effects/contract/actor.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { type SceneOf, tell } from '../../../src/runtime/tell.ts';
import { pageOf } from '../../../src/wire/pages.ts';
import type { AppLinkInput } from '../app-link/machine.ts';
import type { ClientLinkInput } from '../client-link/machine.ts';
import type {
  RegistryEvent,
  SessionCommand,
  ToAppLink,
  ToClientLink,
  ToSession,
} from '../messages.ts';
import { recordDirectory } from '../paths.ts';
import { answer, refuse } from '../reply.ts';
import type { SessionInput } from '../session/context.ts';
import {
  appInfoOf,
  checkCreation,
  countLink,
  findSession,
  fullness,
  type KnownSession,
  type LinkKind,
  mayUse,
  mayWrite,
  type RegistryContext,
  visibleSessions,
} from './context.ts';

/** The actors that a registry starts. */
export type RegistryStart =
  | StartEffect<'client-link', ClientLinkInput>
  | StartEffect<'app-link', AppLinkInput>
  | StartEffect<'session', SessionInput>;

type WireAccepted = Extract<RegistryEvent, { type: 'wire.accepted' }>;
export type Scene = SceneOf<RegistryContext, RegistryEvent, Effect | RegistryStart>;

const TOO_MANY = 'the registry has too many connections';

export function greetClient(scene: Scene): void {
  const { context, event, enqueue } = scene;
  assert(event.type === 'wire.accepted', 'pre:registry.greetClient:is-accepted');
  const { connection, peer, isMember } = event;
  const link = admit(scene, event, 'client', { type: 'refused', code: 'LIMIT', reason: TOO_MANY });
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
      scope: context.place.scope,
      records: recordDirectory(context.place),
      isAllowed: mayUse(context.place, peer, isMember),
    },
  });
}

export function greetApp(scene: Scene): void {
  const { context, event, enqueue } = scene;
  assert(event.type === 'wire.accepted', 'pre:registry.greetApp:is-accepted');
  const { connection, peer, listener } = event;
  const link = admit(scene, event, 'app', { type: 'refused', reason: TOO_MANY });
  if (link === undefined) return;
  enqueue.emit({
    type: 'actor.start',
    logic: 'app-link',
    id: link,
    input: { link, connection, listener, peer, registry: context.registry },
  });
}

/** The id of a link for the connection, which is counted from now on; undefined: it is turned away. */
function admit(
  { context, enqueue }: Scene,
  { connection, peer }: WireAccepted,
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
      level: 'warn',
      message: 'Turned a connection away',
      fields: { [full.limit]: full.value, pid, uid },
    });
    return undefined;
  }
  enqueue.assign({ linkCount: context.linkCount + 1, ...countLink(context, kind, uid, 1) });
  return `${kind}-${context.linkCount}`;
}

export function forgetLink({ context, event, enqueue }: Scene): void {
  assert(event.type === 'link.closed', 'pre:registry.forgetLink:is-closed');
  const { kind, uid } = event;
  enqueue.assign(countLink(context, kind, uid, -1));
}

/** The link collects what every session wants of the application before it says anything. */
export function introduceApp({ context, event, enqueue }: Scene): void {
  assert(event.type === 'app.registered', 'pre:registry.introduceApp:is-registered');
  const { app } = event;
  enqueue.assign({ apps: [...context.apps, { app, tracepoints: [], listedBytes: 0 }] });
  tell<ToAppLink>(enqueue, app.link, {
    type: 'sessions.counted',
    count: context.sessions.length,
  });
  for (const { session } of context.sessions) {
    tell<ToSession>(enqueue, session, { type: 'app.joined', app });
  }
}

export function dismissApp({ context, event, enqueue }: Scene): void {
  assert(event.type === 'app.lost', 'pre:registry.dismissApp:is-lost');
  const { link, hasSaidSo } = event;
  enqueue.assign({ apps: context.apps.filter(({ app }) => app.link !== link) });
  for (const { session } of context.sessions) {
    tell<ToSession>(enqueue, session, { type: 'app.left', link, hasSaidSo });
  }
}

export function answerRequest({ context, event, enqueue }: Scene): void {
  assert(event.type === 'request.received', 'pre:registry.answerRequest:is-request');
  const { operation, peer, link, id } = event;
  const replyTo = { link, id };
  switch (operation.op) {
    case 'session.list': {
      const { page, next } = pageOf(
        visibleSessions(context, peer),
        operation.from,
        (session) => session,
      );
      const value = next === undefined ? { sessions: page } : { sessions: page, next };
      answer(enqueue, replyTo, value);
      return;
    }
    case 'app.list': {
      const { page, next } = pageOf(context.apps, operation.from, appInfoOf);
      const value = next === undefined ? { apps: page } : { apps: page, next };
      answer(enqueue, replyTo, value);
      return;
    }
    case 'session.create': {
      const { name, output, flightRecorder: isFlightRecorder = false } = operation;
      const allowed = checkCreation(context, peer, name);
      if (!allowed.ok) {
        refuse(enqueue, replyTo, allowed.error);
        return;
      }
      const key = `session ${link} ${id}`;
      const creation = { key, replyTo, peer, name, output, isFlightRecorder };
      enqueue.assign({ creations: [...context.creations, creation] });
      enqueue.emit({ type: 'random.uuid', key });
      return;
    }
    default: {
      const found = findSession(context, peer, operation.session);
      if (!found.ok) {
        refuse(enqueue, replyTo, found.error);
        return;
      }
      if (operation.op === 'session.get') {
        const { info } = found.value;
        if (info !== undefined) answer(enqueue, replyTo, { session: info });
        return;
      }
      const needsWriter = operation.op === 'session.start' || operation.op === 'consumer.continue';
      if (needsWriter && !mayWrite(peer, found.value)) {
        const reason = `Session "${found.value.name}" has no consumer; only its owner can start one`;
        refuse(enqueue, replyTo, { code: 'NOT_ALLOWED', reason });
        return;
      }
      const command: SessionCommand = operation;
      tell<ToSession>(enqueue, found.value.session, {
        type: 'session.command',
        operation: command,
        replyTo,
      });
    }
  }
}

export function createSession({ context, event, enqueue }: Scene): void {
  assert(event.type === 'random.uuidMade', 'pre:registry.createSession:is-uuid');
  const { uuid, key } = event;
  const creation = context.creations.find((other) => other.key === key);
  assert(creation !== undefined, 'pre:registry.createSession:is-asked-for');
  const { name, output, isFlightRecorder, peer, replyTo } = creation;
  const owner = { uid: peer.uid, gid: peer.gid };
  const of = { name, uuid, owner, output, isFlightRecorder };
  const known = spawnSession({ context, enqueue }, of);
  enqueue.assign({
    creations: context.creations.filter((other) => other !== creation),
    created: [...context.created, { session: known.session, replyTo }],
    sessions: [...context.sessions, known],
  });
}

/** Starts a session's actor; it publishes itself later. */
export function spawnSession(
  { context, enqueue }: Pick<Scene, 'context' | 'enqueue'>,
  of: Pick<SessionInput, 'name' | 'uuid' | 'owner' | 'output' | 'isFlightRecorder' | 'restored'>,
): KnownSession {
  const { registry, place, apps } = context;
  const { name, uuid, owner } = of;
  const session = `session-${uuid}`;
  const input = { session, registry, place, apps: apps.map(({ app }) => app), ...of };
  enqueue.emit({ type: 'actor.start', logic: 'session', id: session, input });
  return { session, name, uuid, ownerUid: owner.uid, info: undefined };
}

export function noteSession({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.changed', 'pre:registry.noteSession:is-changed');
  const { session, info } = event;
  enqueue.assign({
    sessions: context.sessions.map((known) =>
      known.session === session ? { ...known, info } : known,
    ),
    created: context.created.filter((waiting) => waiting.session !== session),
  });
  for (const { replyTo } of context.created.filter((waiting) => waiting.session === session)) {
    answer(enqueue, replyTo, { session: info });
  }
}

export function forgetSession({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.ended', 'pre:registry.forgetSession:is-ended');
  enqueue.emit({ type: 'actor.stop', id: event.session });
  enqueue.assign({
    sessions: context.sessions.filter(({ session }) => session !== event.session),
  });
}

export function passConsumer({ context, event, enqueue }: Scene): void {
  assert(event.type === 'consumer.attaching', 'pre:registry.passConsumer:is-attaching');
  const { link, peer, sessionUuid, isSnapshot } = event;
  const found = findSession(context, peer, sessionUuid);
  // A snapshot takes nothing from the owner: root's is root's own.
  if (found.ok && !isSnapshot && found.value.ownerUid !== peer.uid) {
    const reason = `Session "${found.value.name}" has a consumer of its owner, or none`;
    tell<ToClientLink>(enqueue, link, {
      type: 'consumer.refused',
      code: 'NOT_ALLOWED',
      reason,
    });
  } else if (found.ok) {
    tell<ToSession>(enqueue, found.value.session, {
      type: isSnapshot ? 'snapshot.begun' : 'consumer.attached',
      link,
      pid: peer.pid,
    });
  } else {
    tell<ToClientLink>(enqueue, link, { type: 'consumer.refused', ...found.error });
  }
}

export function endAll({ context, enqueue }: Scene): void {
  enqueue.emit({ type: 'log.write', level: 'info', message: 'Registry is ending' });
  for (const { session } of context.sessions) {
    tell<ToSession>(enqueue, session, { type: 'registry.ending' });
  }
}

/** A session that was busy when it was told, or has lost its consumer since. */
export function endAgain({ event, enqueue }: Scene): void {
  assert(event.type === 'session.changed', 'pre:registry.endAgain:is-changed');
  if (event.info.state === 'destroying') return;
  tell<ToSession>(enqueue, event.session, { type: 'registry.ending' });
}

export function refuseRequest({ event, enqueue }: Scene): void {
  assert(event.type === 'request.received', 'pre:registry.refuseRequest:is-request');
  const { link, id } = event;
  const reason = 'The registry is ending';
  refuse(enqueue, { link, id }, { code: 'SESSION_BUSY', reason });
}
