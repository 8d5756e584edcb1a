/** Actions of the region `output` of a session (`output.ts`): its destination, its relay link, and the answers. */
import { assert } from '../../../src/base/assert.ts';
import { act, on } from '../../../src/runtime/act.ts';
import { destinationText, isRelay, restOf, wayOf } from '../../../src/wire/control/destination.ts';
import { OUTPUT_CHANGE_MS_MAX } from '../limits.ts';
import type { LinkFailure } from '../messages.ts';
import { PASSAGE_PREFIX } from '../paths.ts';
import { answer, failureOf, type Refusal, refuse } from '../reply.ts';
import { leftEarly, tellConsumer } from './consumer.ts';
import type { SessionContext } from './context.ts';
import { isUnawaited } from './guards.ts';
import { infoOf } from './info.ts';
import { type Place, relayIn, whyNothing } from './place.ts';
import { endLink, keepRecord, tellInfo, tellLink } from './publish.ts';
import { chunkFrom } from './rotation.ts';
import { changed, type Parts, sessionActions } from './scene.ts';

export const outputActions = sessionActions({
  setDestination: on('session.command', (scene) => {
    const { event, enqueue } = scene;
    const { operation, replyTo } = event;
    assert(operation.op === 'consumer.set', 'pre:session.setDestination:is-set');
    const { destination } = operation;
    const now = changePlace(scene, { destination, use: 'set', failure: undefined });
    answer(enqueue, replyTo, { session: infoOf(now, now.state) });
  }),

  refuseFrozen: on('session.command', ({ context, event, enqueue }) =>
    refuse(enqueue, event.replyTo, {
      code: 'FROZEN',
      reason:
        `The consumer of session "${context.name}" is enabled, so its destination is frozen; ` +
        '"lttng disable-consumer" comes first',
    }),
  ),

  refuseDisabled: on('session.command', ({ context, event, enqueue }) =>
    refuse(enqueue, event.replyTo, {
      code: 'ALREADY',
      reason: `The consumer of session "${context.name}" is already disabled`,
    }),
  ),

  answerNow: on('session.command', ({ context, event, enqueue }) =>
    answer(enqueue, event.replyTo, { session: infoOf(context, context.state) }),
  ),

  /** The session answers the command when the consumer has changed. */
  hold: on('session.command', ({ event, enqueue }) => {
    if (!isUnawaited(event)) enqueue.assign({ changingFor: event.replyTo });
  }),

  /** The rotation is in the record: another consumer, or the next registry, has it done if these die. */
  answerRotating: on('session.command', ({ context, event, enqueue }) => {
    if (!isUnawaited(event)) return;
    answer(enqueue, event.replyTo, { session: infoOf(context, context.state) });
  }),

  useFiles: act((scene) => {
    const { destination } = scene.context.place;
    assert(!isRelay(destination), 'pre:session.useFiles:is-a-directory');
    const { output } = destination;
    const { rotation } = scene.context;
    const begunAtMs = scene.event.type === 'consumer.changed' ? scene.event.atMs : undefined;
    const context = changed(scene, { output, rotation: chunkFrom(rotation, begunAtMs) });
    changePlace(
      { ...scene, context },
      { use: 'enabled', present: 'files', link: 'apart', failure: undefined },
    );
  }),

  useRelay: act((scene) => {
    changePlace(scene, {
      use: 'enabled',
      present: 'relay',
      link: 'connected',
      failure: undefined,
    });
  }),

  useNothing: act((scene) => {
    changePlace(scene, {
      use: 'disabled',
      present: 'nowhere',
      link: 'apart',
      failure: undefined,
    });
  }),

  startLink: act((scene) => {
    const { context, enqueue } = scene;
    const { session, uuid, consumer, owner, place } = context;
    const relay = relayIn(place);
    const outputToken = context.outputToken + 1;
    const relayLink = `relay-link-${uuid}-${outputToken}`;
    const [control] = relay === undefined ? [] : wayOf(relay, 'control');
    const [data] = relay === undefined ? [] : wayOf(relay, 'data');
    assert(consumer !== undefined, 'pre:session.startLink:has-a-consumer');
    assert(control !== undefined && data !== undefined, 'pre:session.startLink:has-a-relay');
    const now = changed(scene, {
      outputToken,
      relayLink,
      place: { ...place, link: 'connecting' },
    });
    enqueue.emit({
      type: 'actor.start',
      logic: 'relay-link',
      id: relayLink,
      input: {
        link: relayLink,
        session,
        consumer: { pid: consumer.pid, uid: owner.uid, gid: consumer.gid },
        // Short: the path of a socket has at most 107 bytes.
        passage: passagePath(now),
        control,
        data,
      },
    });
    tellInfo(enqueue, now);
  }),

  endLink: act(endLink),

  invite: act(({ context, enqueue }) => {
    const { outputToken: token } = context;
    tellConsumer(enqueue, context, {
      type: 'output.passage',
      token,
      passage: passagePath(context),
    });
  }),

  sayPassed: on('link.passed', ({ context, event: { datagramsTo }, enqueue }) => {
    const { outputToken: token, place } = context;
    const relay = relayIn(place);
    assert(relay !== undefined, 'pre:session.sayPassed:has-a-relay');
    const subdirectory = wayOf(relay, 'control').at(-1)?.subdirectory ?? '';
    const way = restOf(relay);
    const datagrams = datagramsTo === undefined ? {} : { datagramsTo };
    tellConsumer(enqueue, context, {
      type: 'output.passed',
      ...{ token, subdirectory, way },
      ...datagrams,
    });
  }),

  tellReached: act((scene) => tellLink(scene, { type: 'link.reached' })),

  tellChanged: on('consumer.changed', (scene) => {
    const { failed } = scene.event;
    tellLink(scene, { type: 'link.changed', ...(failed === undefined ? {} : { failed }) });
  }),

  tellFiles: act((scene) => {
    const { destination } = scene.context.place;
    assert(!isRelay(destination), 'pre:session.tellFiles:is-a-directory');
    const { output } = destination;
    tellOutput(scene, (token) => ({ type: 'output.files', token, output }));
  }),

  tellNone: act((scene) => tellOutput(scene, (token) => ({ type: 'output.none', token }))),

  /**
   * Tells the consumer where it writes. After a failed attempt it may have left that place already; when it attaches,
   * it may have missed the last change.
   */
  tellPresent: act((scene) => {
    const { context, event } = scene;
    // It knows nothing of an attempt that failed before.
    if (event.type === 'link.settled' && !event.isInvited) return;
    const { output, place } = context;
    tellOutput(scene, (token) =>
      place.present === 'files' && output !== undefined
        ? { type: 'output.files', token, output }
        : { type: 'output.none', token },
    );
  }),

  noteLinkFailure: on('link.settled', (scene) => {
    const { event, context } = scene;
    noteFailure(scene, event.failure, context.place.present === 'relay' ? 'lost' : 'apart');
  }),

  noteLost: on('consumer.outcome', (scene) => {
    const { context, event } = scene;
    const where = destinationText(context.place.destination);
    const why = event.outcome.link?.reason ?? 'the relay ended it';
    const failure = failureOf('RELAY_LOST', `The connection to ${where} is lost: ${why}`);
    noteFailure(scene, failure, 'lost');
  }),

  noteApart: act((scene) => {
    const now = changed(scene, { place: { ...scene.context.place, link: 'apart' } });
    tellInfo(scene.enqueue, now);
  }),

  answerHeldChange: act(({ context, enqueue }) => {
    const { changingFor } = context;
    enqueue.assign({ changingFor: undefined });
    if (changingFor === undefined) return;
    answer(enqueue, changingFor, { session: infoOf(context, context.state) });
  }),

  refuseHeldChange: act((scene) => {
    const { failure } = scene.context.place;
    if (failure !== undefined) refuseHeld(scene, failure);
  }),

  refuseFiles: on('consumer.changed', (scene) => {
    const { failed } = scene.event;
    const reason = `The consumer cannot write there: ${failed?.reason} (${failed?.code})`;
    const failure = failureOf('NO_OUTPUT', reason);
    noteFailure(scene, failure, 'apart');
    refuseHeld(scene, failure);
  }),

  refuseSlow: act((scene) => {
    const { name } = scene.context;
    const seconds = OUTPUT_CHANGE_MS_MAX / 1000;
    refuseHeld(scene, {
      code: 'CONSUMER_FAILED',
      reason: `The consumer of session "${name}" did not store what it had taken within ${seconds} s; see its log`,
    });
  }),

  refuseLeft: act((scene) => refuseHeld(scene, leftEarly(scene.context))),

  refuseUnlinked: on('session.command', ({ context, event, enqueue }) =>
    refuse(enqueue, event.replyTo, unlinked(context)),
  ),
});

/** Changes the place, and records and publishes the change. */
function changePlace(parts: Parts, changes: Partial<Place>): SessionContext {
  const now = changed(parts, { place: { ...parts.context.place, ...changes } });
  keepRecord(parts.enqueue, now);
  tellInfo(parts.enqueue, now);
  return now;
}

export function noteFailure(
  parts: Parts,
  failure: LinkFailure | undefined,
  link: Place['link'],
): void {
  const { context, enqueue } = parts;
  const now = changed(parts, { place: { ...context.place, link, failure } });
  enqueue.emit({
    type: 'log.write',
    event: 'session.outputFailed',
    fields: { session: context.name, code: failure?.code, reason: failure?.reason },
  });
  tellInfo(enqueue, now);
}

export function refuseHeld({ context, enqueue }: Parts, refusal: Refusal): void {
  enqueue.assign({ changingFor: undefined });
  if (context.changingFor !== undefined) refuse(enqueue, context.changingFor, refusal);
}

type Output = Parameters<typeof tellConsumer>[2];

/** A newer token replaces the older ones: the consumer answers only this message. */
export function tellOutput(parts: Parts, message: (token: number) => Output): void {
  const token = parts.context.outputToken + 1;
  const now = changed(parts, { outputToken: token });
  tellConsumer(parts.enqueue, now, message(token));
}

function passagePath({ location, uuid, outputToken }: SessionContext): string {
  const [part = ''] = uuid.split('-');
  return `${location.directory}/${PASSAGE_PREFIX}${part}-${outputToken}`;
}

function unlinked({ name, place }: SessionContext): Refusal {
  const why = whyNothing(place) ?? 'its consumer cannot write';
  return place.failure === undefined
    ? { code: 'SESSION_BUSY', reason: `Session "${name}" cannot start yet: ${why}` }
    : {
        code: place.failure.code,
        reason: `Session "${name}" cannot start: ${why}; "lttng enable-consumer" connects again`,
      };
}
