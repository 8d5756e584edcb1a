/** The sessions of a registry: created, published, ended (`machine.ts`). */
import { assert } from '../../../src/base/assert.ts';
import { act, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { kernelLinkId } from '../kernel-names.ts';
import type { SessionInput, ToKernelLink, ToSession } from '../messages.ts';
import { answer } from '../reply.ts';
import { type KnownSession, kernelPartOf } from './context.ts';
import { type Parts, registryActions } from './scene.ts';

export const sessionActions = registryActions({
  createSession: on('random.uuidMade', (scene) => {
    const { context, event } = scene;
    const { uuid, key } = event;
    const creation = context.creations.find((other) => other.key === key);
    assert(creation !== undefined, 'pre:registry.createSession:is-asked-for');
    const { replyTo, key: _, ...given } = creation;
    const known = spawnSession(scene, { ...given, uuid });
    scene.enqueue.assign({
      creations: context.creations.filter((other) => other !== creation),
      created: [...context.created, { session: known.session, replyTo }],
      sessions: [...context.sessions, known],
      kernelLinks: [...context.kernelLinks, ...linksOf([known])],
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
    tellUserPart(scene, session, info);
  }),

  forgetSession: on('session.ended', (scene) => {
    const { context, event, enqueue } = scene;
    const ended = context.sessions.find(({ session }) => session === event.session);
    enqueue.emit({ type: 'actor.stop', id: event.session });
    scene.enqueue.assign({
      sessions: context.sessions.filter((known) => known !== ended),
    });
    if (ended?.kernelOf === undefined) return;
    const link = kernelLinkId(ended.uuid);
    // It may still be removing instances.
    if (context.kernelLinks.includes(link)) {
      tell<ToKernelLink>(enqueue, link, { type: 'part.over' });
    }
    tellUserPart(scene, event.session, undefined);
  }),

  forgetKernelLink: on('kernel.linkEnded', ({ context, event: { link }, enqueue }) =>
    enqueue.assign({ kernelLinks: context.kernelLinks.filter((other) => other !== link) }),
  ),

  /** A user part ends after its kernel part: `endUserPart`. */
  endAll: act(({ context, enqueue }) => {
    enqueue.emit({ type: 'log.write', event: 'registry.ending' });
    for (const { session, uuid } of context.sessions) {
      if (kernelPartOf(context, uuid) !== undefined) continue;
      tell<ToSession>(enqueue, session, { type: 'registry.ending' });
    }
  }),

  /** If the kernel part stays for the next registry, the user part must. */
  endUserPart: on('session.ended', ({ context, event, enqueue }) => {
    const { kernelOf } = context.sessions.find(({ session }) => session === event.session) ?? {};
    const user = context.sessions.find(({ uuid }) => uuid === kernelOf);
    if (user === undefined) return;
    const kept = event.isKept === true ? { isKept: true as const } : {};
    tell<ToSession>(enqueue, user.session, { type: 'registry.ending', ...kept });
  }),

  /** Repeats the request to a session that was busy at the first one, or has lost its consumer since. */
  endAgain: on('session.changed', ({ context, event, enqueue }) => {
    const { session, info } = event;
    if (info.state === 'destroying' || kernelPartOf(context, info.uuid) !== undefined) return;
    tell<ToSession>(enqueue, session, { type: 'registry.ending' });
  }),
});

/** The kernel links of those of the sessions that are kernel parts. */
export function linksOf(sessions: readonly KnownSession[]): readonly string[] {
  return sessions.flatMap(({ kernelOf, uuid }) =>
    kernelOf === undefined ? [] : kernelLinkId(uuid),
  );
}

/** A user part describes its kernel part, too. */
function tellUserPart(
  { context, enqueue }: Parts,
  session: string,
  info: SessionInfo | undefined,
): void {
  const { kernelOf } = context.sessions.find((known) => known.session === session) ?? {};
  const user = context.sessions.find(({ uuid }) => uuid === kernelOf);
  if (user !== undefined)
    tell<ToSession>(enqueue, user.session, { type: 'kernel.published', info });
}

/** Starts a session's actor; it publishes itself later. */
export function spawnSession(
  { context, enqueue }: Parts,
  of: Pick<
    SessionInput,
    | 'name'
    | 'uuid'
    | 'owner'
    | 'output'
    | 'relay'
    | 'isFlightRecorder'
    | 'liveTimerUs'
    | 'kernel'
    | 'restored'
    | 'isOrphan'
  >,
): KnownSession {
  const { registry, location, apps } = context;
  const { name, uuid, owner, kernel } = of;
  const session = `session-${uuid}`;
  const able = apps.filter(({ unable }) => unable === undefined).map(({ app }) => app);
  const input = { session, registry, location, apps: kernel === undefined ? able : [], ...of };
  enqueue.emit({ type: 'actor.start', logic: 'session', id: session, input });
  if (kernel !== undefined) {
    const link = kernelLinkId(uuid);
    const { directory } = location;
    enqueue.emit({
      type: 'actor.start',
      logic: 'kernel-link',
      id: link,
      input: { link, session, registry, uuid, directory },
    });
  }
  return { session, name, uuid, owner, kernelOf: kernel?.user, info: undefined };
}
