/**
 * The real World: implements every primitive of the port with Node, or with the C library if Node has no call.
 * All programs and traced applications use it, so its creation only fills in a record.
 */

import type { Log } from '../port/log.ts';
import type { World } from '../port/world.ts';
import { createClock } from './clock.ts';
import { type Entrance, openEntrance } from './entrance.ts';
import { createFiles } from './files.ts';
import { createIdentity } from './identity.ts';
import { createMemory } from './memory.ts';
import { createNetwork } from './network.ts';
import { PagesPoll } from './pages-poll.ts';
import { createPipes } from './pipes.ts';
import { createProcesses } from './processes.ts';
import { createRandom } from './random.ts';
import { createKernelTracer } from './tracefs.ts';
import { createUnixSockets } from './unix.ts';
import { createUsers } from './users.ts';

export interface RealWorldOptions {
  readonly log: Log;
  /** Name of the program for display; defaults to the script's file name. */
  readonly processName?: string;
  /** Descriptors that already listen at these paths. */
  readonly listeners?: ReadonlyMap<string, number>;
  /** The way from Node's event loop into the World's callbacks. */
  readonly entrance?: Entrance;
}

export function createRealWorld(options: RealWorldOptions): World {
  const { log, processName, entrance = openEntrance } = options;
  const random = createRandom();
  const poll = new PagesPoll(entrance);
  return {
    clock: createClock(entrance),
    random,
    identity: createIdentity(processName),
    users: createUsers(),
    unix: createUnixSockets(log, random, entrance, options.listeners),
    network: createNetwork(log, entrance, poll),
    pipes: createPipes(log, entrance),
    memory: createMemory(entrance),
    files: createFiles(),
    processes: createProcesses(log, entrance),
    kernel: createKernelTracer(poll),
    log,
  };
}
