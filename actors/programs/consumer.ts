/**
 * `ust-consumerd`: started by `lttng` with the user's credentials (R1.20).
 *
 * Arguments: `SCOPE SESSION-UUID`, where SCOPE is `global` or `user`. Exit statuses: 0 the session is finished,
 * 1 not attached, 2 no output directory, 4 registry lost (everything that was in the buffers is written), 5 the session
 * has another consumer.
 */
import { createLogHandler, createProcessHandler } from '../../src/effects/processes.ts';
import { createTraceHandler } from '../../src/effects/trace.ts';
import { createWireHandler } from '../../src/effects/wire.ts';
import type { World } from '../../src/port/world.ts';
import { type Inspect, startSystem } from '../../src/runtime/system.ts';
import { consumerMachine } from '../consumer/machine.ts';
import { endOnFailure } from './failure.ts';
import { ownerUidOf, placeOf, type RegistryScope } from './places.ts';
import { VERSION } from './version.ts';

export interface ConsumerOptions {
  readonly scope: RegistryScope;
  readonly sessionUuid: string;
  /** For those who look on. */
  readonly inspect?: Inspect | undefined;
}

export function startConsumer(
  world: World,
  { scope, sessionUuid, inspect }: ConsumerOptions,
): void {
  const { identity } = world;
  // First: a signal that comes while the actors start must not end the process halfway.
  world.processes.onSignal(['SIGTERM', 'SIGINT', 'SIGHUP'], (signal) =>
    system.send({ type: 'process.signalled', signal }),
  );
  const system = startSystem({
    world,
    logic: consumerMachine,
    id: 'consumer',
    inspect,
    input: {
      registryPath: placeOf(identity, scope).clientPath,
      registryUid: ownerUidOf(scope, identity.uid),
      sessionUuid,
    },
    handlers: (deliver) => ({
      wire: createWireHandler(world, deliver, false),
      trace: createTraceHandler(world, deliver, VERSION),
      process: createProcessHandler(world, deliver),
      log: createLogHandler(world),
    }),
    onError: endOnFailure(world),
  });
}
