/**
 * The World port: everything a component may ask of an operating system, and nothing else.
 *
 * There are two Worlds. `src/os` is the real one (Node and koffi), `sim/machine` the simulated one. Actors
 * and effect handlers see only these interfaces; `test/port` runs one conformance suite against both.
 *
 * How calls answer. What the kernel answers at once (files, shared memory, making sockets and pipes) is a
 * synchronous call that returns a `Result`; what takes time (connections, bytes, timers, children) reaches a
 * listener later, never from inside the call that asked for it. No promise crosses this port, because a
 * simulator cannot order microtasks. In the simulator any call may end the calling process instead of
 * returning: that is how `kill -9` at any step is modelled.
 *
 * Units: bytes, nanoseconds (bigint) for instants, milliseconds for delays. Paths are absolute. Modes are
 * the permission bits alone (0o600). Nothing here is trusted input: sizes are bounded by the caller.
 */

import type { Clock } from './clock.ts';
import type { Files } from './files.ts';
import type { Identity, Users } from './identity.ts';
import type { Log } from './log.ts';
import type { NamedPipes } from './named-pipes.ts';
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
  readonly pipes: NamedPipes;
  readonly memory: SharedMemory;
  readonly files: Files;
  readonly processes: Processes;
  readonly log: Log;
}
