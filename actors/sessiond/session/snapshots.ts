/**
 * Snapshots of a session (R1.23): others copy what its buffers hold, and it goes on undisturbed.
 *
 * What a snapshot was told of stays until it has attached it. From then on the kernel keeps the memory for it, whoever
 * removes the segment, so that a slow disk holds up nobody.
 */
import { on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import { SNAPSHOTS_MAX } from '../limits.ts';
import type { ToClientLink } from '../messages.ts';
import { consumerStreamOf, introductionOf } from './context.ts';
import { assignChecked } from './invariants.ts';
import { sessionActions } from './scene.ts';

export const snapshotActions = sessionActions({
  /** Tells it of every stream there is, and that these are all. */
  beginSnapshot: on('snapshot.begun', (scene) => {
    const { context, event, enqueue } = scene;
    const { link } = event;
    const { streams, snapshots } = context;
    const say = (message: ToConsumer): void =>
      tell<ToClientLink>(enqueue, link, { type: 'consumer.tell', message });
    assignChecked(scene, { snapshots: [...snapshots, { link, isAttached: false }] });
    tell<ToClientLink>(enqueue, link, { type: 'consumer.accepted' });
    say(introductionOf(context));
    for (const stream of streams) {
      const told = stream.isReleased ? undefined : consumerStreamOf(context, stream);
      if (told !== undefined) say({ type: 'stream.add', stream: told });
    }
    say({ type: 'finish' });
  }),

  refuseSnapshot: on('snapshot.begun', ({ context, event, enqueue }) => {
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
  }),

  noteAttached: on('snapshot.attached', ({ context, event, enqueue }) =>
    enqueue.assign({
      snapshots: context.snapshots.map((one) =>
        one.link === event.link ? { ...one, isAttached: true } : one,
      ),
    }),
  ),

  endSnapshot: on('snapshot.ended', ({ context, event, enqueue }) =>
    enqueue.assign({ snapshots: context.snapshots.filter(({ link }) => link !== event.link) }),
  ),
});
