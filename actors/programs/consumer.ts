/**
 * `ust-consumerd`: started by `lttng` with the user's credentials (R1.20).
 *
 * Arguments: `SCOPE SESSION-UUID [--into DIRECTORY]`, where SCOPE is `global` or `user`. Exit statuses: 0 the session
 * is finished, 1 not attached, 2 no output directory, 4 registry lost (everything that was in the buffers is written),
 * 5 the session has another consumer.
 *
 * With `--snapshot DIRECTORY` it copies what the session's buffers hold, and ends; its exit statuses are in
 * `../snapshot/exit.ts`.
 */

import { VERSION } from '../../src/base/version.ts';
import type { Deliver } from '../../src/effects/contract/effects.ts';
import { createLogHandler, createProcessHandler } from '../../src/effects/processes.ts';
import { createSnapshotHandler } from '../../src/effects/snapshot.ts';
import { createTraceHandler } from '../../src/effects/trace.ts';
import { createWireHandler } from '../../src/effects/wire.ts';
import type { World } from '../../src/port/world.ts';
import { type Inspect, type System, startSystem } from '../../src/runtime/system.ts';
import { type RegistryScope, registryFor } from '../../src/wire/endpoints.ts';
import { consumerMachine } from '../consumerd/consumer/machine.ts';
import { snapshotMachine } from '../consumerd/snapshot/machine.ts';
import { endOnFailure } from './failure.ts';

export interface ConsumerOptions {
  readonly scope: RegistryScope;
  readonly sessionUuid: string;
  /** Absolute: the directory of a snapshot. Undefined: it consumes. */
  readonly snapshot?: string | undefined;
  /** Directory where the trace goes, in one that is named like the session, instead of where the session says. */
  readonly into?: string | undefined;
  /** For those who look on. */
  readonly inspect?: Inspect | undefined;
}

export function startConsumer(
  world: World,
  { scope, sessionUuid, snapshot, into, inspect }: ConsumerOptions,
): System {
  const { identity } = world;
  // First: a signal that comes while the actors start must not end the process halfway.
  world.processes.onSignal(['SIGTERM', 'SIGINT', 'SIGHUP'], (signal) =>
    system.send({ type: 'process.signalled', signal }),
  );
  const common = {
    world,
    inspect,
    onError: endOnFailure(world),
  };
  const input = { registry: registryFor(identity, scope), sessionUuid };
  const handlersFor = (deliver: Deliver) => ({
    wire: createWireHandler(world, deliver, false),
    process: createProcessHandler(world, deliver),
    log: createLogHandler(world),
  });
  const system =
    snapshot === undefined
      ? startSystem({
          ...common,
          logic: consumerMachine,
          id: 'consumer',
          input: { ...input, into },
          handlers: (deliver) => ({
            ...handlersFor(deliver),
            trace: createTraceHandler(world, deliver, VERSION),
          }),
        })
      : startSystem({
          ...common,
          logic: snapshotMachine,
          id: 'snapshot',
          input: { ...input, output: snapshot },
          handlers: (deliver) => ({
            ...handlersFor(deliver),
            snapshot: createSnapshotHandler(world, deliver, VERSION),
          }),
        });
  return system;
}
