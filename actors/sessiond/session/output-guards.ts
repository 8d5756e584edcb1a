/** Guards of the region `output` of a session (`output.ts`). */
import { isRelay } from '../../../src/wire/control/destination.ts';
import type { SessionCommand } from '../messages.ts';
import { isPassing, type SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';
import { isOriginal } from './place.ts';

interface Scene {
  readonly context: SessionContext;
  readonly event: SessionEvent;
}

const OPS: ReadonlySet<SessionCommand['op']> = new Set<SessionCommand['op']>([
  'consumer.set',
  'consumer.enable',
  'consumer.disable',
]);

/** In a transitional state the region `recording` refuses every command. */
function isOutputCommand({ context, event }: Scene): boolean {
  return (
    event.type === 'session.command' && OPS.has(event.operation.op) && !isPassing(context.state)
  );
}

function isOp(scene: Scene, op: SessionCommand['op']): boolean {
  const { event } = scene;
  return isOutputCommand(scene) && event.type === 'session.command' && event.operation.op === op;
}

const isAlone = ({ context }: Scene): boolean => context.consumer === undefined;
const isEnable = (scene: Scene): boolean => isOp(scene, 'consumer.enable');
const isDisable = (scene: Scene): boolean => isOp(scene, 'consumer.disable');
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
  isSet: (scene: Scene) => isOp(scene, 'consumer.set'),
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
