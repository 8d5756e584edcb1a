/** Guards of a session's rotations (`rotation-actions.ts`). */
import { isOp, type Scene } from './guards.ts';
import { isTaken } from './output-guards.ts';
import { isOriginal } from './place.ts';
import { type Rotation, workOf } from './rotation.ts';

/** Of a schedule without a period. */
const NEVER_MS = 2_147_483_647;

/** A command after which the consumer does something with the files of the chunk. */
const isRotation = (scene: Scene): boolean =>
  isTaken(scene, 'session.rotate') ||
  isTaken(scene, 'session.clear') ||
  isTaken(scene, 'session.regenerate');
const isSchedule = ({ event }: Scene): boolean => isOp(event, 'rotation.enable');
const isScheduleEnd = ({ event }: Scene): boolean => isOp(event, 'rotation.disable');

/** It writes nothing, or not into files of its directory. */
function isElsewhere({ context }: Scene): boolean {
  const { place, output, isFlightRecorder } = context;
  return isFlightRecorder || place.present !== 'files' || !isOriginal(place, output);
}

export function periodMsOf({ everyUs }: Rotation): number {
  return everyUs === undefined ? NEVER_MS : Math.ceil(everyUs / 1000);
}

export const rotationGuards = {
  isRotation,
  /** There are no files: its buffers are cleared. */
  isClearOfBuffers: (scene: Scene) =>
    isTaken(scene, 'session.clear') && scene.context.isFlightRecorder,
  /** Each of its snapshots has the present offset. */
  isRegenerationOfBuffers: (scene: Scene) =>
    isTaken(scene, 'session.regenerate') && scene.context.isFlightRecorder,
  isRotationElsewhere: (scene: Scene) => isRotation(scene) && isElsewhere(scene),
  isRotationAlone: (scene: Scene) => isRotation(scene) && scene.context.consumer === undefined,
  isRotationTooEarly: (scene: Scene) =>
    isRotation(scene) && scene.context.consumer?.isOpen === false,
  /** It waits for the end of one without a command, which an earlier consumer left. */
  isRotationLikeThis: (scene: Scene) => {
    const { context, event } = scene;
    return (
      context.changingFor === undefined &&
      isRotation(scene) &&
      event.type === 'session.command' &&
      workOf(event.operation.op) === context.rotation.pending
    );
  },
  /** A consumer has died before it had done it. */
  isRotationLeft: (scene: Scene) =>
    scene.context.rotation.pending !== undefined &&
    !isElsewhere(scene) &&
    !scene.context.isDismissed,
  isRotationDue: (scene: Scene) => {
    const { rotation, state, consumer } = scene.context;
    return (
      rotation.isDue === true &&
      state === 'active' &&
      consumer?.isOpen === true &&
      !isElsewhere(scene)
    );
  },
  hasRotationPeriod: ({ context }: Scene) => context.rotation.everyUs !== undefined,
  hasSizeLimit: ({ context }: Scene) => context.rotation.atBytes !== undefined,
  isSchedule,
  isScheduleEnd,
  isScheduleElsewhere: (scene: Scene) => isSchedule(scene) && isElsewhere(scene),
};
