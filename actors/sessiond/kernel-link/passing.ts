/** Actions of a kernel link that pass pages to the consumer, and that end the link (`machine.ts`). */
import { act, emit, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import { trialName } from '../kernel-names.ts';
import type { ToRegistry } from '../messages.ts';
import { PASSAGE_PREFIX } from '../paths.ts';
import { type KernelLinkContext, namesOf, unpassed } from './context.ts';
import { kernelLinkActions } from './scene.ts';
import { say, tellConsumer } from './tracing.ts';

export const passingActions = kernelLinkActions({
  noteConsumer: on('consumer.here', ({ event: { consumer }, enqueue }) =>
    enqueue.assign({
      consumer,
      isBriefed: false,
      told: new Set(),
      passed: new Set(),
      passing: [],
      held: [],
    }),
  ),

  forgetConsumer: act(({ enqueue }) =>
    enqueue.assign({ consumer: undefined, isBriefed: false, passing: [], held: [] }),
  ),

  openPassage: act(({ context, enqueue }) => {
    const { consumer, token } = context;
    if (consumer === undefined) return;
    const now = { ...context, token: token + 1 };
    enqueue.assign({ token: now.token, passing: unpassed(context) });
    enqueue.emit({ type: 'kernel.openPassage', path: passagePath(now), uid: consumer.uid });
  }),

  invite: act((scene) => {
    const { context } = scene;
    const { token } = context;
    tellConsumer(scene, { type: 'kernel.passage', token, passage: passagePath(context) });
  }),

  pass: act(({ context: { consumer, passing }, enqueue }) => {
    if (consumer === undefined) return;
    const buffers = passing.map(({ name, cpu }) => ({ name, cpu }));
    enqueue.emit({ type: 'kernel.pass', to: consumer, buffers });
  }),

  /** A CPU without buffers is not asked for again before the next consumer. */
  notePassed: on('kernel.pagesPassed', ({ context, event: { missing }, enqueue }) => {
    const isMissing = ({ name, cpu }: { readonly name: string; readonly cpu: number }): boolean =>
      missing.some((other) => other.name === name && other.cpu === cpu);
    const lacking = context.passing.filter(isMissing);
    enqueue.assign({
      passing: context.passing.filter((pages) => !isMissing(pages)),
      passed: new Set([...context.passed, ...lacking.map(({ streamId }) => streamId)]),
    });
    const [first] = missing;
    if (first === undefined) return;
    const { name: instance, cpu, error } = first;
    enqueue.emit({
      type: 'log.write',
      event: 'kernel.buffersMissing',
      fields: { instance, cpu, code: error.code, buffers: missing.length },
    });
  }),

  sayPassed: act((scene) => {
    const { token, passing } = scene.context;
    const streams = passing.map(({ streamId }) => streamId);
    tellConsumer(scene, { type: 'kernel.passed', token, streams });
  }),

  noteTaken: act(({ context, enqueue }) =>
    enqueue.assign({
      isFailing: false,
      passing: [],
      passed: new Set([...context.passed, ...context.passing.map(({ streamId }) => streamId)]),
    }),
  ),

  /** Later attempts fail without a further line. */
  noteUntaken: act(({ context, event, enqueue }) => {
    enqueue.assign({ isFailing: true, passing: [] });
    if (context.isFailing) return;
    enqueue.emit({
      type: 'log.write',
      event: 'kernel.passFailed',
      fields: { uuid: context.uuid, pid: context.consumer?.pid, reason: whyUntaken(event) },
    });
  }),

  /** A consumer that has left was not told. */
  hold: on('consumer.write', ({ context, event: { message }, enqueue }) => {
    if (context.consumer === undefined) return;
    enqueue.assign({ held: [...context.held, message] });
  }),

  forward: act((scene) => {
    for (const message of scene.context.held) tellConsumer(scene, message);
    scene.enqueue.assign({ held: [] });
  }),

  closePassage: emit({ type: 'kernel.closePassage' as const }),

  remove: emit(({ context }) => ({
    type: 'kernel.remove' as const,
    names: [...namesOf({ ...context, taken: context.wanted }), trialName(context)],
  })),

  sayReleased: act((scene) => {
    if (scene.context.isReleased) return;
    scene.enqueue.assign({ isReleased: true });
    say(scene, { type: 'kernel.released' });
  }),

  sayEnded: act(({ context: { registry, link }, enqueue }) =>
    tell<ToRegistry>(enqueue, registry, { type: 'kernel.linkEnded', link }),
  ),
});

/** Short: the path of a socket has at most 107 bytes. */
function passagePath({ directory, uuid, token }: KernelLinkContext): string {
  const [part = ''] = uuid.split('-');
  return `${directory}/${PASSAGE_PREFIX}${part}-pages-${token}`;
}

function whyUntaken(event: { readonly type: string }): string {
  if ('error' in event) return (event.error as { readonly code: string }).code;
  if ('failed' in event) return (event.failed as { readonly reason: string }).reason;
  return 'it did not come for them in time';
}
