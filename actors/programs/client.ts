/** Connects `lttng` to its registry: runs one command's plan and reports the results. */
import { createLogHandler, createProcessHandler } from '../../src/effects/processes.ts';
import { createWireHandler } from '../../src/effects/wire.ts';
import type { World } from '../../src/port/world.ts';
import { type Inspect, type System, startSystem } from '../../src/runtime/system.ts';
import {
  candidatesFor,
  type RegistryCandidate,
  type RegistryScope,
} from '../../src/wire/endpoints.ts';
import type { ClientEffect, ServingRegistry } from '../client/context.ts';
import type { ClientEvent } from '../client/events.ts';
import { clientMachine } from '../client/machine.ts';
import type { Plan, Step, StepResult } from '../client/plans/plan.ts';
import { endOnFailure } from './failure.ts';

/** They interrupt the plan; when it is over, they end the process again. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

export interface ClientOptions {
  readonly plan: Plan;
  /** The registries to try; those that may serve this user when left out. */
  readonly candidates?: readonly RegistryCandidate[];
  /** The command that starts a registry when none serves this user; undefined: none is started. */
  readonly sessiond: { readonly program: string; readonly args: readonly string[] } | undefined;
  /** Arguments of the consumers that the client starts, after their session. */
  readonly consumerArgs?: readonly string[];
  /** A registry was found. */
  readonly onRegistry?: (registry: ServingRegistry) => void;
  /** A step begins. */
  readonly onStep?: (step: Step) => void;
  /** The plan is over. `scope` is that of the registry, when it still answers. */
  readonly onDone: (results: readonly StepResult[], scope: RegistryScope | undefined) => void;
  /** Called after an error of an actor; the default ends the process. */
  readonly onFailure?: (error: unknown) => void;
  /** False: the process is not the client's own. Then `process.signalled` events interrupt the plan, and no signal. */
  readonly catchesSignals?: boolean;
  /** Observes the actors. */
  readonly inspect?: Inspect | undefined;
}

export function startClient(world: World, options: ClientOptions): System<ClientEvent> {
  const { plan, sessiond, onRegistry, onStep, onDone, onFailure, catchesSignals = true } = options;
  // Installed first, so that a signal during the start of the actors does not kill the process halfway.
  const releaseSignals = catchesSignals
    ? world.processes.onSignal(SIGNALS, (signal, isShared) =>
        system.send({ type: 'process.signalled', signal, isShared }),
      )
    : () => undefined;
  const system = startSystem({
    world,
    logic: clientMachine,
    id: 'client',
    inspect: options.inspect,
    input: {
      candidates: options.candidates ?? candidatesFor(world.identity),
      sessiond,
      environment: world.identity.environment,
      consumerArgs: options.consumerArgs ?? [],
      plan,
    },
    handlers: (deliver) => ({
      wire: createWireHandler(world, deliver, false),
      process: createProcessHandler(world, deliver),
      log: createLogHandler(world),
      client: (effect: ClientEffect) => {
        if (effect.type === 'client.welcomed') onRegistry?.(effect.registry);
        else if (effect.type === 'client.step') onStep?.(effect.step);
        else {
          releaseSignals();
          onDone(effect.results, effect.scope);
        }
      },
    }),
    onError: (error) => {
      releaseSignals();
      (onFailure ?? endOnFailure(world))(error);
    },
  });
  return system;
}
