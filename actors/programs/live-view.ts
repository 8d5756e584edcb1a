/** `lttng view net://…`: lists the live sessions of a relay, or follows some of them. */

import { type LiveOutput, ViewerHandler } from '../../src/effects/connections/viewer.ts';
import { createLogHandler } from '../../src/effects/processes.ts';
import type { World } from '../../src/port/world.ts';
import { type Inspect, startSystem } from '../../src/runtime/system.ts';
import type { LiveOutcome, LiveViewEffect, LiveViewInput } from '../live-view/context.ts';
import { liveViewMachine } from '../live-view/machine.ts';
import { endOnFailure } from './failure.ts';

export interface LiveViewOptions extends LiveViewInput {
  readonly output: LiveOutput;
  /** Called once. */
  readonly onDone: (outcome: LiveOutcome) => void;
  /** Called after an error of an actor; the default ends the process. */
  readonly onFailure?: (error: unknown) => void;
  /** Observes the actors. */
  readonly inspect?: Inspect | undefined;
}

export interface RunningLiveView {
  /** The output takes more after its `write` returned false. */
  resume(): void;
  /** The reader of the output has closed it. */
  closeOutput(): void;
}

export function startLiveView(world: World, options: LiveViewOptions): RunningLiveView {
  const { relay, target, output, onDone, onFailure, inspect } = options;
  let viewer: ViewerHandler | undefined;
  world.processes.onSignal(['SIGHUP', 'SIGINT', 'SIGTERM'], (signal, isShared) =>
    system.send({ type: 'process.signalled', signal, isShared }),
  );
  const system = startSystem({
    world,
    logic: liveViewMachine,
    id: 'live-view',
    inspect,
    input: { relay, target },
    handlers: (deliver) => {
      const handler = new ViewerHandler(world, deliver, output);
      viewer = handler;
      return {
        viewer: (effect: Parameters<ViewerHandler['perform']>[0], from: string) =>
          handler.perform(effect, from),
        log: createLogHandler(world),
        'live-view': ({ outcome }: LiveViewEffect) => onDone(outcome),
      };
    },
    onError: onFailure ?? endOnFailure(world),
  });
  return {
    resume: () => viewer?.resume(),
    closeOutput: () => system.send({ type: 'output.closed' }),
  };
}
