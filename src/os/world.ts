/**
 * The real World: every primitive of the port on top of Node, and of the C library where Node has none.
 * Used by all programs and inside traced applications, so creating it does nothing but fill in a record.
 */

import type { Log } from '../port/log.ts';
import type { World } from '../port/world.ts';
import { createClock } from './clock.ts';
import { createFiles } from './files.ts';
import { createIdentity } from './identity.ts';
import { createMemory } from './memory.ts';
import { createPipes } from './pipes.ts';
import { createProcesses } from './processes.ts';
import { createRandom } from './random.ts';
import { createUnixSockets } from './unix.ts';
import { createUsers } from './users.ts';

export interface RealWorldOptions {
  readonly log: Log;
  /** What people see as the program's name; defaults to the script's file name. */
  readonly processName?: string;
  /** Descriptors that listen at these paths already. */
  readonly listeners?: ReadonlyMap<string, number>;
  /** Nothing that is made through this World keeps the process alive: for traced applications. */
  readonly background?: boolean;
}

export function createRealWorld(options: RealWorldOptions): World {
  const { log, processName, background = false } = options;
  const random = createRandom();
  return {
    clock: createClock({ background }),
    random,
    identity: createIdentity(processName),
    users: createUsers(),
    unix: createUnixSockets(log, random, { background }, options.listeners),
    pipes: createPipes(log),
    memory: createMemory(),
    files: createFiles(),
    processes: createProcesses(log, { background }),
    log,
  };
}
