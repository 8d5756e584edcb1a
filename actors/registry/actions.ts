/** What a registry does on the way between its states (`machine.ts`). */
import { assert } from '../../src/base/assert.ts';
import { pageOf } from '../../src/wire/pages.ts';
import type { AppLinkInput } from '../app-link/machine.ts';
import type { ClientLinkInput } from '../client-link/machine.ts';
import { COMMON_PIPE_MODE } from '../programs/places.ts';
import type { SessionInput } from '../session/context.ts';
import { parseRecord } from '../session/record.ts';
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
  SESSIONS_MAX,
  visibleSessions,
} from './context.ts';
import { lockPath, recordDirectory, WAKE_PREFIX } from './paths.ts';
import { answer, refuse, type SceneOf, tell } from './tell.ts';
import type {
  RegistryEvent,
  RegistryPlace,
  SessionCommand,
  ToAppLink,
  ToClientLink,
  ToSession,
} from './types.ts';

/** The registry's children, by the names that its machine gives their logic. */
interface Children {
  spawnChild(logic: 'clientLink', child: Child<ClientLinkInput>): void;
  spawnChild(logic: 'appLink', child: Child<AppLinkInput>): void;
  spawnChild(logic: 'session', child: Child<SessionInput>): void;
  stopChild(id: string): void;
}
interface Child<Input> {
  readonly id: string;
  readonly systemId: string;
  readonly input: Input;
}
type WireAccepted = Extract<RegistryEvent, { type: 'wire.accepted' }>;
type Base = SceneOf<RegistryContext, RegistryEvent>;
type Scene = Base & { readonly enqueue: Base['enqueue'] & Children };

export const CLIENT_LISTENER = 'clients';
const APP_LISTENER = 'apps';
const TOO_MANY = 'the registry has too many connections';
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
  });
  enqueue.emit({
    type: 'wire.listen',
    listener: CLIENT_LISTENER,
    path: place.clientPath,
    ...clientAccess(place),
  });
}

function clientAccess({ groupId }: RegistryPlace): { mode: number; gid?: number } {
  return groupId === undefined ? { mode: 0o600 } : { mode: 0o660, gid: groupId };
}

/** Another group from now on: for who comes, and for the buffers that are made. */
export function reload({ context, event, enqueue, system }: Scene): void {
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
    tell<ToSession>(enqueue, system, session, { type: 'place.changed', place });
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

export function greetClient(scene: Scene): void {
  const { context, event, enqueue } = scene;
  assert(event.type === 'wire.accepted', 'pre:registry.greetClient:is-accepted');
  const { connection, peer, isMember } = event;
  const link = admit(scene, event, 'client', { type: 'refused', code: 'LIMIT', reason: TOO_MANY });
  if (link === undefined) return;
  enqueue.spawnChild('clientLink', {
    id: link,
    systemId: link,
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
  const { connection, peer, listener, startedAt } = event;
  const link = admit(scene, event, 'app', { type: 'refused', reason: TOO_MANY });
  if (link === undefined) return;
  enqueue.spawnChild('appLink', {
    id: link,
    systemId: link,
    input: { link, connection, listener, peer, startedAt, registry: context.registry },
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
  const { link, kind, uid } = event;
  enqueue.stopChild(link);
  enqueue.assign(countLink(context, kind, uid, -1));
}

/** The link collects what every session wants of the application before it says anything. */
export function introduceApp({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'app.registered', 'pre:registry.introduceApp:is-registered');
  const { app } = event;
  enqueue.assign({ apps: [...context.apps, { app, tracepoints: [], listedBytes: 0 }] });
  tell<ToAppLink>(enqueue, system, app.link, {
    type: 'sessions.counted',
    count: context.sessions.length,
  });
  for (const { session } of context.sessions) {
    tell<ToSession>(enqueue, system, session, { type: 'app.joined', app });
  }
}

export function dismissApp({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'app.lost', 'pre:registry.dismissApp:is-lost');
  const { link, hasSaidSo } = event;
  enqueue.assign({ apps: context.apps.filter(({ app }) => app.link !== link) });
  for (const { session } of context.sessions) {
    tell<ToSession>(enqueue, system, session, { type: 'app.left', link, hasSaidSo });
  }
}

export function answerRequest({ context, event, enqueue, system }: Scene): void {
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
      answer(enqueue, system, replyTo, value);
      return;
    }
    case 'app.list': {
      const { page, next } = pageOf(context.apps, operation.from, appInfoOf);
      const value = next === undefined ? { apps: page } : { apps: page, next };
      answer(enqueue, system, replyTo, value);
      return;
    }
    case 'session.create': {
      const { name, output, flightRecorder: isFlightRecorder = false } = operation;
      const allowed = checkCreation(context, peer, name);
      if (!allowed.ok) {
        refuse(enqueue, system, replyTo, allowed.error);
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
        refuse(enqueue, system, replyTo, found.error);
        return;
      }
      if (operation.op === 'session.get') {
        const { info } = found.value;
        if (info !== undefined) answer(enqueue, system, replyTo, { session: info });
        return;
      }
      const needsWriter = operation.op === 'session.start' || operation.op === 'consumer.continue';
      if (needsWriter && !mayWrite(peer, found.value)) {
        const reason = `Session "${found.value.name}" has no consumer; only its owner can start one`;
        refuse(enqueue, system, replyTo, { code: 'NOT_ALLOWED', reason });
        return;
      }
      const command: SessionCommand = operation;
      tell<ToSession>(enqueue, system, found.value.session, {
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
function spawnSession(
  { context, enqueue }: Pick<Scene, 'context' | 'enqueue'>,
  of: Pick<SessionInput, 'name' | 'uuid' | 'owner' | 'output' | 'isFlightRecorder' | 'restored'>,
): KnownSession {
  const { registry, place, apps } = context;
  const { name, uuid, owner } = of;
  const session = `session-${uuid}`;
  const input = { ...of, session, registry, place, apps: apps.map(({ app }) => app) };
  enqueue.spawnChild('session', { id: session, systemId: session, input });
  return { session, name, uuid, ownerUid: owner.uid, info: undefined };
}

export function noteSession({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'session.changed', 'pre:registry.noteSession:is-changed');
  const { session, info } = event;
  enqueue.assign({
    sessions: context.sessions.map((known) =>
      known.session === session ? { ...known, info } : known,
    ),
    created: context.created.filter((waiting) => waiting.session !== session),
  });
  for (const { replyTo } of context.created.filter((waiting) => waiting.session === session)) {
    answer(enqueue, system, replyTo, { session: info });
  }
}

export function forgetSession({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.ended', 'pre:registry.forgetSession:is-ended');
  enqueue.stopChild(event.session);
  enqueue.assign({
    sessions: context.sessions.filter(({ session }) => session !== event.session),
  });
}

export function passConsumer({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'consumer.attaching', 'pre:registry.passConsumer:is-attaching');
  const { link, peer, sessionUuid, isSnapshot } = event;
  const found = findSession(context, peer, sessionUuid);
  // A snapshot takes nothing from the owner: root's is root's own.
  if (found.ok && !isSnapshot && found.value.ownerUid !== peer.uid) {
    const reason = `Session "${found.value.name}" has a consumer of its owner, or none`;
    tell<ToClientLink>(enqueue, system, link, {
      type: 'consumer.refused',
      code: 'NOT_ALLOWED',
      reason,
    });
  } else if (found.ok) {
    tell<ToSession>(enqueue, system, found.value.session, {
      type: isSnapshot ? 'snapshot.begun' : 'consumer.attached',
      link,
      pid: peer.pid,
    });
  } else {
    tell<ToClientLink>(enqueue, system, link, { type: 'consumer.refused', ...found.error });
  }
}

export function endAll({ context, enqueue, system }: Scene): void {
  enqueue.emit({ type: 'log.write', level: 'info', message: 'Registry is ending' });
  for (const { session } of context.sessions) {
    tell<ToSession>(enqueue, system, session, { type: 'registry.ending' });
  }
}

/** A session that was busy when it was told, or has lost its consumer since. */
export function endAgain({ event, enqueue, system }: Scene): void {
  assert(event.type === 'session.changed', 'pre:registry.endAgain:is-changed');
  if (event.info.state === 'destroying') return;
  tell<ToSession>(enqueue, system, event.session, { type: 'registry.ending' });
}

export function refuseRequest({ event, enqueue, system }: Scene): void {
  assert(event.type === 'request.received', 'pre:registry.refuseRequest:is-request');
  const { link, id } = event;
  const reason = 'The registry is ending';
  refuse(enqueue, system, { link, id }, { code: 'SESSION_BUSY', reason });
}

export function unlisten({ enqueue }: Scene): void {
  enqueue.emit({ type: 'wire.unlisten', listener: CLIENT_LISTENER });
  enqueue.emit({ type: 'wire.unlisten', listener: APP_LISTENER });
}
