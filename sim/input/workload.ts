/** The workload of a simulated application, as data. */
import { string, u32 } from '../../src/tracer/types.ts';

/** Times are milliseconds since the library was ready; the application runs the steps in order. */
export type WorkStep =
  /** `count` events of a class, one after the other without a pause. The class is defined by its first use. */
  | {
      readonly at: number;
      readonly do: 'emit';
      readonly count: number;
      readonly of: string;
      /** Characters of text in each event. */
      readonly characters: number;
      /** As in `LOG_LEVELS`; the level of a debug line when left out. */
      readonly level?: number;
    }
  /** Defines a class before it is used. */
  | { readonly at: number; readonly do: 'define'; readonly of: string }
  /** Starts a child in the background that inherits the environment. */
  | { readonly at: number; readonly do: 'spawn'; readonly workload: Workload }
  /** Appends this many characters to a file of the process. */
  | { readonly at: number; readonly do: 'write'; readonly characters: number }
  | { readonly at: number; readonly do: 'throw' }
  | { readonly at: number; readonly do: 'exit'; readonly code: number };

export interface Workload {
  readonly steps: readonly WorkStep[];
  /** The process name in the trace, if it differs from the program's name. */
  readonly processName?: string;
  /** The process is killed at this World call, counted from 1 at its start. */
  readonly killAtCall?: number;
}

/** The payload of every event. */
export const SCHEMA = { counter: u32, text: string };

/** The exception of a `throw` step: a defect of the application, not of the tracer. */
export class WorkloadError extends Error {
  override readonly name = 'WorkloadError';
  constructor() {
    super('The workload throws');
  }
}
