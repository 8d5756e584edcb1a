/**
 * `lttng-ts/sim`: the simulated machine, for other systems. A program is a function of a World: production code passes
 * the real World (or its own), tests pass the simulated one. With `lttng-ts/runtime` its actors are xstate machines.
 */

export type { Files } from '../src/port/files.ts';
export type { OsError, OsErrorCode, OsResult } from '../src/port/os-error.ts';
export type { ProcessExit } from '../src/port/processes.ts';
export type { Connection } from '../src/port/unix-sockets.ts';
export type { World } from '../src/port/world.ts';
export { HiddenInputError } from './machine/core/hidden-input.ts';
export { type Program } from './machine/process/program.ts';
export {
  type Checkpoint,
  EndlessError,
  isProcessEnded,
  type ListedFile,
  type ListedPipe,
  type ListedSocket,
  type LogRecord,
  type Observer,
  type RunOptions,
  Scheduler,
  type Segment,
  type SimProcess,
  Simulation,
  type SimulationOptions,
  type Step,
  type UserSpec,
  type Violation,
} from './machine/simulation.ts';
