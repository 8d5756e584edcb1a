/**
 * Rotations of a session (`output.ts` has their states): its trace is cut into chunks, and all but the present one are
 * archives. The consumer moves or removes the files of the present one, or writes its metadata anew for another clock
 * offset, since it has the user's credentials. If it dies meanwhile, the next consumer does the rest, and may also move
 * files that it has begun itself.
 */
import { assert } from '../../../src/base/assert.ts';
import { act, on } from '../../../src/runtime/act.ts';
import type { SessionCommand } from '../messages.ts';
import { answer, refuse } from '../reply.ts';
import { noConsumer, tellLimit } from './consumer.ts';
import type { SessionContext } from './context.ts';
import { infoOf } from './info.ts';
import { noteFailure, refuseHeld, tellOutput } from './output-actions.ts';
import { keepRecord, tellInfo } from './publish.ts';
import { chunkFrom, type Rotation, workOf } from './rotation.ts';
import { changed, type Parts, sessionActions } from './scene.ts';

export const rotationActions = sessionActions({
  noteBegin: on('consumer.opened', ({ context, event: { atMs }, enqueue }) => {
    const { rotation } = context;
    if (rotation.chunk.begunAtMs !== undefined || atMs === undefined) return;
    enqueue.assign({ rotation: { ...rotation, chunk: { ...rotation.chunk, begunAtMs: atMs } } });
  }),

  /** What a consumer that has died left to do comes first. */
  rotate: act((scene) => {
    const { context, event } = scene;
    const asked = event.type === 'session.command' ? workOf(event.operation.op) : undefined;
    const pending = context.rotation.pending ?? asked ?? 'archive';
    const now = changeRotation(scene, { pending, isDue: undefined });
    const { output } = now;
    assert(output !== undefined, 'pre:session.rotate:has-files');
    tellOutput({ ...scene, context: now }, (token) =>
      pending === 'metadata'
        ? { type: 'output.regenerate', token, output }
        : {
            type: 'output.rotate',
            ...{ token, output, chunk: now.rotation.chunk },
            ...(pending === 'clear' ? { clear: true } : {}),
          },
    );
  }),

  noteRotated: on('consumer.changed', (scene) => {
    const { context, event } = scene;
    const { chunk, pending } = context.rotation;
    const { archive, atMs } = event;
    const number = archive === undefined ? chunk.number : chunk.number + 1;
    assert(pending !== undefined, 'pre:session.noteRotated:has-asked');
    if (pending === 'metadata') {
      tellInfo(scene.enqueue, changeRotation(scene, { pending: undefined }));
      return;
    }
    const next = chunkFrom({ ...context.rotation, chunk: { number } }, atMs);
    tellInfo(scene.enqueue, changeRotation(scene, { ...next, archive }));
  }),

  /**
   * The files that the consumer could not move or remove stay where they are; it writes new ones beside them. Metadata
   * that it could not write anew stays as it is.
   */
  refuseRotation: on('consumer.changed', (scene) => {
    const { pending } = scene.context.rotation;
    const { code, reason } = scene.event.failed ?? {};
    const context = changeRotation(scene, { pending: undefined });
    assert(pending !== undefined, 'pre:session.refuseRotation:has-asked');
    const failure = {
      code: 'NO_OUTPUT',
      reason: `The consumer cannot ${UNDONE[pending]}: ${reason} (${code})`,
    } as const;
    noteFailure({ ...scene, context }, failure, context.place.link);
    refuseHeld(scene, failure);
  }),

  /** If the consumer makes the archive nevertheless, the next rotation adds to it. */
  forgetRotation: act((scene) => changeRotation(scene, { pending: undefined })),

  /** The client starts a consumer and repeats the command, which then waits for what this one has left. */
  refuseLeftRotation: act((scene) => {
    const { changingFor } = scene.context;
    if (changingFor === undefined) return;
    refuseHeld(scene, noConsumer(scene.context, changingFor));
  }),

  refuseRotationElsewhere: on('session.command', ({ context, event, enqueue }) => {
    const { op } = event.operation;
    const reason = `Session "${context.name}" ${whyElsewhere(op, context.isFlightRecorder)}`;
    refuse(enqueue, event.replyTo, { code: 'NOT_ALLOWED', reason });
  }),

  setSchedule: on('session.command', (scene) => {
    const { context, event, enqueue } = scene;
    const { operation, replyTo } = event;
    assert(operation.op === 'rotation.enable', 'pre:session.setSchedule:is-enable');
    const { everyUs, atBytes } = operation;
    const { rotation, name } = context;
    const isSet =
      (everyUs !== undefined && rotation.everyUs !== undefined) ||
      (atBytes !== undefined && rotation.atBytes !== undefined);
    if (isSet) {
      const reason = `Session "${name}" has a schedule of this kind; "lttng disable-rotation" comes first`;
      return refuse(enqueue, replyTo, { code: 'ALREADY', reason });
    }
    schedule(scene, {
      ...(everyUs === undefined ? {} : { everyUs }),
      ...(atBytes === undefined ? {} : { atBytes }),
    });
  }),

  endSchedule: on('session.command', (scene) => {
    const { context, event, enqueue } = scene;
    const { operation, replyTo } = event;
    assert(operation.op === 'rotation.disable', 'pre:session.endSchedule:is-disable');
    const { of } = operation;
    if (of.some((kind) => context.rotation[kind] === undefined)) {
      const reason = `Session "${context.name}" has no schedule of this kind`;
      return refuse(enqueue, replyTo, { code: 'ALREADY', reason });
    }
    schedule(scene, Object.fromEntries(of.map((kind) => [kind, undefined])));
  }),

  noteDue: act(({ context: { rotation }, enqueue }) =>
    enqueue.assign({ rotation: { ...rotation, isDue: true } }),
  ),
});

function whyElsewhere(op: SessionCommand['op'], isFlightRecorder: boolean): string {
  if (op === 'session.regenerate')
    return (
      'has no traces in files of this machine; at a relay, "lttng disable-consumer" and "lttng enable-consumer" ' +
      'begin new ones with the present time'
    );
  return isFlightRecorder
    ? 'is a flight recorder: each of its snapshots is a trace of its own, and nothing is left to rotate'
    : 'does not write into files of this machine; "lttng rotate" and "lttng clear" are for files';
}

/** What the consumer cannot do. */
const UNDONE = {
  archive: 'move the files',
  clear: 'remove the files',
  metadata: 'write the metadata anew',
} as const;

function changeRotation(parts: Parts, changes: Partial<Rotation>): SessionContext {
  const now = changed(parts, { rotation: { ...parts.context.rotation, ...changes } });
  keepRecord(parts.enqueue, now);
  return now;
}

function schedule(
  scene: Parts & { readonly event: { readonly replyTo: Parameters<typeof answer>[1] } },
  changes: Pick<Partial<Rotation>, 'everyUs' | 'atBytes'>,
): void {
  const { enqueue, event } = scene;
  const now = changeRotation(scene, { ...changes, isDue: undefined });
  tellLimit(enqueue, now);
  tellInfo(enqueue, now);
  answer(enqueue, event.replyTo, { session: infoOf(now, now.state) });
}
