/** Guards of the region `output` of a session (`output.ts`). */
import { isRelay } from '../../../src/wire/control/destination.ts';
import { isPassing } from './context.ts';
import { type CommandOp, isOp, type Scene } from './guards.ts';
import { isOriginal } from './place.ts';

const OPS: ReadonlySet<CommandOp> = new Set<CommandOp>([
  'consumer.set',
  'consumer.enable',
  'consumer.disable',
  'session.rotate',
  'session.clear',
  'session.regenerate',
]);

/** In a transitional state the region `recording` refuses every command. */
function isOutputCommand({ context, event }: Scene): boolean {
  return (
    event.type === 'session.command' && OPS.has(event.operation.op) && !isPassing(context.state)
  );
}

export function isTaken(scene: Scene, op: CommandOp): boolean {
  return isOutputCommand(scene) && isOp(scene.event, op);
}

const isAlone = ({ context }: Scene): boolean => context.consumer === undefined;
const isEnable = (scene: Scene): boolean => isTaken(scene, 'consumer.enable');
const isDisable = (scene: Scene): boolean => isTaken(scene, 'consumer.disable');
const isOfRelay = ({ context }: Scene): boolean => isRelay(context.place.destination);

function isThisLink({ context, event }: Scene): boolean {
  return 'link' in event && event.link === context.relayLink;
}

function isThisChange({ context, event }: Scene): boolean {
  return 'token' in event && event.token === context.outputToken;
}

export const outputGuards = {
  isOutputCommand,
  isOutputOfNone: (scene: Scene) => isOutputCommand(scene) && scene.context.isFlightRecorder,
  isOriginal: ({ context }: Scene) => isOriginal(context.place, context.output),
  isDismissed: ({ context }: Scene) => context.isDismissed,
  /** It is not known yet where the consumer writes. */
  isOutputChanging: ({ context }: Scene) =>
    context.consumer !== undefined && !isOriginal(context.place, context.output),
  isAtRelay: ({ context }: Scene) => context.place.present === 'relay',
  isSet: (scene: Scene) => isTaken(scene, 'consumer.set'),
  isEnable,
  isEnabledAlready: (scene: Scene) => isEnable(scene) && scene.context.place.use === 'enabled',
  isEnableFiles: (scene: Scene) => isEnable(scene) && !isOfRelay(scene),
  isEnableFilesAlone: (scene: Scene) => isEnable(scene) && !isOfRelay(scene) && isAlone(scene),
  isEnableAlone: (scene: Scene) => isEnable(scene) && isAlone(scene),
  isEnableTooEarly: (scene: Scene) => isEnable(scene) && scene.context.consumer?.isOpen === false,
  isDisable,
  isDisabledAlready: (scene: Scene) => isDisable(scene) && scene.context.place.use === 'disabled',
  isDisableAlone: (scene: Scene) => isDisable(scene) && isAlone(scene),
  isThisLink,
  isThisLinkAtRelay: (scene: Scene) => isThisLink(scene) && scene.context.place.present === 'relay',
  isLinked: (scene: Scene) =>
    isThisLink(scene) && scene.event.type === 'link.settled' && scene.event.failure === undefined,
  isThisChange,
  isChangeFailed: (scene: Scene) =>
    isThisChange(scene) &&
    scene.event.type === 'consumer.changed' &&
    scene.event.failed !== undefined,
  /** A consumer that another registry had: it has kept its link. */
  isStillLinked: ({ context, event }: Scene) =>
    event.type === 'consumer.outcome' &&
    event.outcome.link?.state === 'connected' &&
    context.consumer !== undefined &&
    !context.isDismissed,
  isLinkLost: ({ event }: Scene) =>
    event.type === 'consumer.outcome' && event.outcome.link?.state === 'lost',
};
