/**
 * Snapshots of a session (R1.23): other processes copy the contents of its buffers while it records.
 *
 * The session keeps the listed streams until the snapshot has attached them. After that the kernel keeps the memory
 * for the snapshot, even when the segment is removed, so that a slow disk does not delay the session.
 */
import { on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import { SNAPSHOTS_MAX } from '../limits.ts';
import type { ToClientLink } from '../messages.ts';

import { consumerStreamOf, introductionOf } from './consumed.ts';
import { sessionActions } from './scene.ts';

export const snapshotActions = sessionActions({
  /** Sends every stream, then `finish`, which ends the list. */
  beginSnapshot: on('snapshot.begun', (scene) => {
    const { context, event, enqueue } = scene;
    const { link } = event;
    const { streams, snapshots } = context;
    const send = (message: ToConsumer): void =>
      tell<ToClientLink>(enqueue, link, { type: 'consumer.tell', message });
    scene.enqueue.assign({ snapshots: [...snapshots, { link, isAttached: false }] });
    tell<ToClientLink>(enqueue, link, { type: 'consumer.accepted' });
    send(introductionOf(context));
    for (const stream of streams) {
      const added = stream.isReleased ? undefined : consumerStreamOf(context, stream);
      if (added !== undefined) send({ type: 'stream.add', stream: added });
    }
    send({ type: 'finish' });
  }),

  refuseSnapshot: on('snapshot.begun', ({ context, event, enqueue }) => {
    const { name, state } = context;
    tell<ToClientLink>(enqueue, event.link, {
      type: 'consumer.refused',
      ...(state === 'destroying'
        ? { code: 'SESSION_BUSY', reason: `Session "${name}" is being destroyed` }
        : {
            code: 'LIMIT',
            reason: `${SNAPSHOTS_MAX} snapshots of session "${name}" are already in progress`,
          }),
    });
  }),

  noteAttached: on('snapshot.attached', ({ context, event, enqueue }) =>
    enqueue.assign({
      snapshots: context.snapshots.map((snapshot) =>
        snapshot.link === event.link ? { ...snapshot, isAttached: true } : snapshot,
      ),
    }),
  ),

  endSnapshot: on('snapshot.ended', ({ context, event, enqueue }) =>
    enqueue.assign({ snapshots: context.snapshots.filter(({ link }) => link !== event.link) }),
  ),
});
