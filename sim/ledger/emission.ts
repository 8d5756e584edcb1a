/** Events as a program emits them. */

/** One call of a tracepoint. Times are nanoseconds of the machine's clock. */
export interface Emission {
  readonly counter: number;
  readonly name: string;
  readonly text: string;
  /** As in `LOG_LEVELS`. */
  readonly logLevel: number;
  /** The tracepoint was enabled at the call. */
  readonly isEnabled: boolean;
  readonly at: number;
  /** The call returned; false when the process was killed inside it. */
  isDone: boolean;
  /** When it returned; left out when no other process can have run inside the call. */
  doneAt?: number;
}
