/** Actions of a kernel part: what it hears of its kernel link, and what passes between that and the consumer. */

import { assert } from '../../../src/base/assert.ts';
import { act, on } from '../../../src/runtime/act.ts';
import { refuse } from '../reply.ts';
import { tellConsumer } from './consumer.ts';
import type { TracedApp } from './context.ts';
import { tellKernelLink, writerOf } from './kernel-part.ts';
import { tellInfo } from './publish.ts';
import { changed, sessionActions } from './scene.ts';
import { withJoined } from './threads.ts';
import { withEnd, withRefusal } from './unbuffered.ts';

export const kernelActions = sessionActions({
  /** CPUs that are online become writers; those that go offline stay, and may come back. */
  joinWriters: on('kernel.ready', (scene) => {
    const { context, event } = scene;
    const known = new Set(context.apps.map(({ app }) => app.tid));
    const joining = event.cpus.filter((cpu) => !known.has(cpu));
    let now = context;
    for (const cpu of joining) {
      now = withJoined({ context: now, enqueue: scene.enqueue }, writerOf(context, cpu));
    }
  }),

  noteKernelApplied: on('kernel.applied', (scene) => {
    const { context, event, enqueue } = scene;
    const { version, refused } = event;
    let { unbuffered } = context;
    const apps = context.apps.map((traced): TracedApp => {
      if (traced.sent > version) return traced;
      const { link } = traced.app;
      unbuffered =
        refused === undefined
          ? withEnd(unbuffered, link, 'served')
          : withRefusal(unbuffered, traced.app, refused);
      return { ...traced, applied: traced.sent, isLagging: false };
    });
    const isChanged = unbuffered !== context.unbuffered;
    const now = changed(scene, { apps, unbuffered });
    if (isChanged) tellInfo(enqueue, now);
  }),

  /** The kernel link knows which events there are, and has the kernel try the filter. */
  askKernel: on('session.command', ({ context, event, enqueue }) => {
    const { operation, replyTo } = event;
    assert(operation.op === 'event.enable', 'pre:session.askKernel:enables-events');
    tellKernelLink({ context, enqueue }, { type: 'kernel.check', operation, replyTo });
  }),

  refuseByKernel: on('kernel.checked', ({ event: { replyTo, fault = '' }, enqueue }) =>
    refuse(enqueue, replyTo, { code: 'INVALID_RULE', reason: fault }),
  ),

  passToConsumer: on('kernel.tell', ({ context, event: { message }, enqueue }) =>
    tellConsumer(enqueue, context, message),
  ),

  passToKernelLink: on(['consumer.reachedPages', 'consumer.tookPages'], (scene) => {
    const { event } = scene;
    const { token } = event;
    tellKernelLink(
      scene,
      event.type === 'consumer.reachedPages'
        ? { type: 'pages.reached', token }
        : { type: 'pages.taken', token, failed: event.failed },
    );
  }),

  releaseInstances: act((scene) => tellKernelLink(scene, { type: 'kernel.release' })),

  noteKernelPart: on('kernel.published', ({ event: { info }, enqueue }) =>
    enqueue.assign({ kernelInfo: info }),
  ),
});
