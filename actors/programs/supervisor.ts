/** `lttng consume --supervise`: see `actors/supervisor/machine.ts`. */
import { createLogHandler, createProcessHandler } from '../../src/effects/processes.ts';
import { createWireHandler } from '../../src/effects/wire.ts';
import type { World } from '../../src/port/world.ts';
import { type Inspect, type System, startSystem } from '../../src/runtime/system.ts';
import { type RegistryScope, registryFor } from '../../src/wire/endpoints.ts';
import type { SupervisorEffect, SupervisorOutcome } from '../supervisor/context.ts';
import type { SupervisorEvent } from '../supervisor/events.ts';
import { supervisorMachine } from '../supervisor/machine.ts';
import { endOnFailure } from './failure.ts';

export interface SupervisorOptions {
  /** The scope of the registry that has the session. */
  readonly scope: RegistryScope;
  readonly sessionUuid: string;
  readonly onDone: (outcome: SupervisorOutcome) => void;
  /** Called after an error of an actor; the default ends the process. */
  readonly onFailure?: (error: unknown) => void;
  /** False: the process is not the supervisor's own. Then `process.signalled` events end it, and no signal. */
  readonly catchesSignals?: boolean;
  /** Observes the actors. */
  readonly inspect?: Inspect | undefined;
}

export function startSupervisor(world: World, options: SupervisorOptions): System<SupervisorEvent> {
  const { scope, sessionUuid, onDone, onFailure, catchesSignals = true, inspect } = options;
  const { identity } = world;
  // Installed first, so that a signal during the start of the actors does not kill the process halfway.
  const releaseSignals = catchesSignals
    ? world.processes.onSignal(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'], (signal, isShared) =>
        system.send({ type: 'process.signalled', signal, isShared }),
      )
    : () => undefined;
  const system = startSystem({
    world,
    logic: supervisorMachine,
    id: 'supervisor',
    inspect,
    input: {
      registry: registryFor(identity, scope),
      sessionUuid,
      environment: identity.environment,
    },
    handlers: (deliver) => ({
      wire: createWireHandler(world, deliver, false),
      process: createProcessHandler(world, deliver),
      log: createLogHandler(world),
      supervisor: ({ outcome }: SupervisorEffect) => {
        releaseSignals();
        onDone(outcome);
        system.stop();
      },
    }),
    onError: onFailure ?? endOnFailure(world),
  });
  return system;
}
