/**
 * The World port: all that a component may ask of an operating system.
 *
 * There are two Worlds: `src/os` is the real one (Node and koffi), `sim/machine` the simulated one. Actors
 * and effect handlers see only these interfaces; `test/port` runs one conformance suite against both.
 *
 * Results. Calls that the kernel answers at once (files, shared memory, creating sockets and pipes) are
 * synchronous and return a `Result`. Slow outcomes (connections, bytes, timers, children) reach a listener
 * later, never from inside the call that asked for them. No promise crosses this port, because a simulator
 * cannot order microtasks. In the simulator any call may end the calling process instead of returning: this
 * models `kill -9` at any step.
 *
 * Units: bytes, nanoseconds (bigint) for instants, milliseconds for delays. Paths are absolute. Modes are
 * the permission bits alone (0o600). The caller bounds all sizes.
 */

import type { Clock } from './clock.ts';
import type { Files } from './files.ts';
import type { Identity, Users } from './identity.ts';
import type { KernelTracer } from './kernel-tracer.ts';
import type { Log } from './log.ts';
import type { NamedPipes } from './named-pipes.ts';
import type { Network } from './network.ts';
import type { Processes } from './processes.ts';
import type { Random } from './random.ts';
import type { SharedMemory } from './shared-memory.ts';
import type { UnixSockets } from './unix-sockets.ts';

/** One process's view of its operating system. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: Identity;
  readonly users: Users;
  readonly unix: UnixSockets;
  readonly network: Network;
  readonly pipes: NamedPipes;
  readonly memory: SharedMemory;
  readonly files: Files;
  readonly processes: Processes;
  readonly kernel: KernelTracer;
  readonly log: Log;
}
