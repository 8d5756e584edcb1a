/**
 * `ust-consumerd`, and `ltt-consumerd` for the kernel part of a session: `lttng` starts both with the credentials of
 * the user (R1.20).
 *
 * Arguments: `SCOPE SESSION-UUID [--into DIRECTORY]`, where SCOPE is `global` or `user`. Exit statuses: 0 the session
 * is finished, 1 not attached, 2 no output directory, 4 registry lost (everything that was in the buffers is written),
 * 5 the session has another consumer.
 *
 * With `--snapshot DIRECTORY` it copies the content of the session's buffers, and ends; its exit statuses are
 * `SNAPSHOT_EXIT`. `--max-size BYTES`: at most so many bytes of packets, the newest ones.
 */

import { VERSION } from '../../src/base/version.ts';
import type { Deliver } from '../../src/effects/contract/effects.ts';
import { createLogHandler, createProcessHandler } from '../../src/effects/processes.ts';
import { createRecorderHandler } from '../../src/effects/recorder.ts';
import { createSnapshotHandler } from '../../src/effects/snapshot.ts';
import { createWireHandler } from '../../src/effects/wire.ts';
import type { World } from '../../src/port/world.ts';
import { type Inspect, type System, startSystem } from '../../src/runtime/system.ts';
import { type RegistryScope, registryFor } from '../../src/wire/endpoints.ts';
import { consumerMachine } from '../consumerd/consumer/machine.ts';
import { snapshotMachine } from '../consumerd/snapshot/machine.ts';
import { endOnFailure } from './failure.ts';

export interface ConsumerOptions {
  /** `kernel`: the program is `ltt-consumerd`. Left out: `ust-consumerd`. */
  readonly domain?: 'user' | 'kernel';
  readonly scope: RegistryScope;
  readonly sessionUuid: string;
  /** The directory of a snapshot, absolute. Undefined: the program is a consumer. */
  readonly snapshot?: string | undefined;
  /** Of the packets of the snapshot together; undefined: as many as there are. */
  readonly bytesMax?: number | undefined;
  /** The parent of the trace's directory, which has the session's name; undefined: the session's output. */
  readonly into?: string | undefined;
  /** Observes the actors. */
  readonly inspect?: Inspect | undefined;
}

export function startConsumer(
  world: World,
  { domain = 'user', scope, sessionUuid, snapshot, bytesMax, into, inspect }: ConsumerOptions,
): System {
  const { identity } = world;
  // Installed first, so that a signal during the start of the actors does not kill the process halfway.
  world.processes.onSignal(['SIGTERM', 'SIGINT', 'SIGHUP'], (signal, isShared) =>
    system.send({ type: 'process.signalled', signal, isShared }),
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
          input: { ...input, domain, into },
          handlers: (deliver) => ({
            ...handlersFor(deliver),
            recorder: createRecorderHandler(world, deliver, VERSION),
          }),
        })
      : startSystem({
          ...common,
          logic: snapshotMachine,
          id: 'snapshot',
          input: { ...input, output: snapshot, bytesMax },
          handlers: (deliver) => ({
            ...handlersFor(deliver),
            snapshot: createSnapshotHandler(world, deliver, VERSION),
          }),
        });
  return system;
}
