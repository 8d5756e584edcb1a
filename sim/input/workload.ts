/** What a simulated application does, as data: its steps, and how they are read from text. */
import { string, u32 } from '../../src/tracer/types.ts';

/** Times are milliseconds since the library was ready; steps are carried out in order. */
export type WorkStep =
  /** `count` events of a class, one after the other without a pause. The class is defined by its first use. */
  | {
      readonly at: number;
      readonly do: 'emit';
      readonly count: number;
      readonly of: string;
      /** Characters of text in each event. */
      readonly characters: number;
      /** As in `LOG_LEVELS`; that of a debug line when left out. */
      readonly level?: number;
    }
  /** Defines a class before it is used. */
  | { readonly at: number; readonly do: 'define'; readonly of: string }
  /** Starts a child that inherits the environment, and goes on. */
  | { readonly at: number; readonly do: 'spawn'; readonly workload: Workload }
  /** Adds so many characters to a file of its own. */
  | { readonly at: number; readonly do: 'write'; readonly characters: number }
  | { readonly at: number; readonly do: 'throw' }
  | { readonly at: number; readonly do: 'exit'; readonly code: number };

export interface Workload {
  readonly steps: readonly WorkStep[];
  /** As which it is traced, when that is not its program's name. */
  readonly processName?: string;
  /** The process is killed at this World call, counted from 1 at its start. */
  readonly killAtCall?: number;
}

/** The payload of every event. */
export const SCHEMA = { counter: u32, text: string };

/** What a `throw` step throws: the application's own mistake, not ours. */
export class WorkloadError extends Error {
  override readonly name = 'WorkloadError';
  constructor() {
    super('The workload throws');
  }
}
