/**
 * `lttng-ts/sim`: the simulated machine, for systems of one's own. A program is a function of a World; give it the
 * real one in production (or make one), and this one in tests. With `lttng-ts/runtime` its actors are xstate machines.
 */
export type {
  Connection,
  Files,
  OsError,
  OsErrorCode,
  OsResult,
  ProcessExit,
  World,
} from '../src/port/world.ts';
export { HiddenInputError } from './world/hidden-input.ts';
export {
  type Checkpoint,
  EndlessError,
  isProcessEnded,
  type ListedFile,
  type ListedPipe,
  type ListedSocket,
  type LogRecord,
  type Observer,
  type Program,
  type RunOptions,
  type Segment,
  type SimProcess,
  Simulation,
  type SimulationOptions,
  type Step,
  type UserSpec,
  type Violation,
} from './world/machine.ts';
