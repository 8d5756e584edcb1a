/**
 * `lttng-sessiond`: a registry daemon. Root runs the global registry, other users run their own (R1.3, R1.4).
 *
 * Arguments: `--group NAME`, the group that may use a global registry. On SIGHUP it reads the configuration again,
 * without an interruption. Exit statuses: 0 ended on SIGTERM or SIGINT, 1 cannot start, 3 another registry serves this
 * path already.
 */

import { createNetworkHandler } from '../../src/effects/connections/outgoing.ts';
import { createFileHandler, createPipeHandler } from '../../src/effects/files.ts';
import { createJournalHandler } from '../../src/effects/journal.ts';
import { createKernelHandler } from '../../src/effects/kernel/handler.ts';
import { createMemoryHandler } from '../../src/effects/memory.ts';
import { limitPeerLines } from '../../src/effects/peer-log.ts';
import {
  createLogHandler,
  createProcessHandler,
  createRandomHandler,
} from '../../src/effects/processes.ts';
import { createWireHandler } from '../../src/effects/wire.ts';
import type { World } from '../../src/port/world.ts';
import { type Inspect, type System, startSystem } from '../../src/runtime/system.ts';
import { DEFAULT_GROUP, locationOf, ownScope } from '../../src/wire/endpoints.ts';
import { appLinkMachine } from '../sessiond/app-link/machine.ts';
import { clientLinkMachine } from '../sessiond/client-link/machine.ts';
import { kernelLinkMachine } from '../sessiond/kernel-link/machine.ts';
import { STREAM_BYTES_PER_USER_MAX, STREAMS_PER_USER_MAX } from '../sessiond/limits.ts';
import type { RegistryEvent } from '../sessiond/registry/events.ts';
import { registryMachine } from '../sessiond/registry/machine.ts';
import { relayLinkMachine } from '../sessiond/relay-link/machine.ts';
import { sessionMachine } from '../sessiond/session/machine.ts';
import { endOnFailure } from './failure.ts';

export interface SessiondOptions {
  /** Returns the presently configured name of the group; called at the start and on SIGHUP. */
  readonly group?: () => string;
  /** A service manager created the sockets. */
  readonly areSocketsGiven?: boolean;
  /** Observes the actors. */
  readonly inspect?: Inspect | undefined;
}

export function startSessiond(host: World, options: SessiondOptions = {}): System<RegistryEvent> {
  const world: World = { ...host, log: limitPeerLines(host) };
  const { identity } = world;
  const scope = ownScope(identity.uid);
  const groupIdNow = (): number | undefined => {
    const group = options.group?.() ?? DEFAULT_GROUP;
    const groupId = scope === 'global' ? world.users.groupId(group) : undefined;
    if (scope === 'global' && groupId === undefined) {
      world.log('configuration.groupUnknown', { group });
    }
    return groupId;
  };
  const groupId = groupIdNow();
  // Installed first, so that a signal during the start of the actors does not kill the process halfway.
  world.processes.onSignal(['SIGTERM', 'SIGINT'], (signal, isShared) =>
    system.send({ type: 'process.signalled', signal, isShared }),
  );
  world.processes.onSignal(['SIGHUP'], () =>
    system.send({ type: 'configuration.read', groupId: groupIdNow() }),
  );
  const system = startSystem({
    world,
    logic: registryMachine,
    logics: {
      'client-link': clientLinkMachine,
      'app-link': appLinkMachine,
      'relay-link': relayLinkMachine,
      'kernel-link': kernelLinkMachine,
      session: sessionMachine,
    },
    id: 'registry',
    inspect: options.inspect,
    input: {
      registry: 'registry',
      pid: identity.pid,
      areSocketsGiven: options.areSocketsGiven ?? false,
      location: {
        ...locationOf(identity, scope),
        uid: identity.uid,
        ...(groupId === undefined ? {} : { groupId }),
      },
    },
    handlers: (deliver) => ({
      wire: createWireHandler(world, deliver, false),
      file: createFileHandler(world, deliver),
      journal: createJournalHandler(world, deliver),
      pipe: createPipeHandler(world, deliver),
      memory: createMemoryHandler(world, deliver, {
        streams: STREAMS_PER_USER_MAX,
        bytes: STREAM_BYTES_PER_USER_MAX,
      }),
      network: createNetworkHandler(world, deliver),
      kernel: createKernelHandler(world, deliver),
      process: createProcessHandler(world, deliver),
      random: createRandomHandler(world, deliver),
      log: createLogHandler(world),
    }),
    onError: endOnFailure(world),
  });
  return system;
}
