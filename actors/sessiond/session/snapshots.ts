/**
 * Snapshots of a session (R1.23): others copy what its buffers hold, and it goes on undisturbed.
 *
 * What a snapshot was told of stays until it has attached it. From then on the kernel keeps the memory for it, whoever
 * removes the segment, so that a slow disk holds up nobody.
 */
import { assert } from '../../../src/base/assert.ts';
import { type SceneOf, tell } from '../../../src/runtime/tell.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import { SNAPSHOTS_MAX } from '../limits.ts';
import type { ToClientLink } from '../messages.ts';
import { consumerStreamOf, introductionOf, type SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';

type Scene = SceneOf<SessionContext, SessionEvent>;

/** Tells it of every stream there is, and that these are all. */
export function beginSnapshot({ context, event, enqueue }: Scene): void {
  assert(event.type === 'snapshot.begun', 'pre:session.beginSnapshot:is-begun');
  const { link } = event;
  const { streams, snapshots } = context;
  const say = (message: ToConsumer): void =>
    tell<ToClientLink>(enqueue, link, { type: 'consumer.tell', message });
  enqueue.assign({ snapshots: [...snapshots, { link, isAttached: false }] });
  tell<ToClientLink>(enqueue, link, { type: 'consumer.accepted' });
  say(introductionOf(context));
  for (const stream of streams) {
    const told = stream.isReleased ? undefined : consumerStreamOf(context, stream);
    if (told !== undefined) say({ type: 'stream.add', stream: told });
  }
  say({ type: 'finish' });
}

export function refuseSnapshot({ context, event, enqueue }: Scene): void {
  assert(event.type === 'snapshot.begun', 'pre:session.refuseSnapshot:is-begun');
  const { name, state } = context;
  tell<ToClientLink>(enqueue, event.link, {
    type: 'consumer.refused',
    ...(state === 'destroying'
      ? { code: 'SESSION_BUSY', reason: `Session "${name}" is being destroyed` }
      : {
          code: 'LIMIT',
          reason: `There are ${SNAPSHOTS_MAX} snapshots of session "${name}" under way already`,
        }),
  });
}

export function noteAttached({ context, event, enqueue }: Scene): void {
  assert(event.type === 'snapshot.attached', 'pre:session.noteAttached:is-attached');
  const { snapshots } = context;
  enqueue.assign({
    snapshots: snapshots.map((one) =>
      one.link === event.link ? { ...one, isAttached: true } : one,
    ),
  });
}

export function endSnapshot({ context, event, enqueue }: Scene): void {
  assert(event.type === 'snapshot.ended', 'pre:session.endSnapshot:is-ended');
  enqueue.assign({ snapshots: context.snapshots.filter(({ link }) => link !== event.link) });
}
