/** The World's clocks and timers. Instants are bigint nanoseconds, delays are milliseconds. */

/** An armed timer. A second cancel, or a cancel after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** The clocks of the machine, and the timers of this process. */
export interface Clock {
  /** CLOCK_MONOTONIC, nanoseconds: the trace clock. Never goes back. */
  monotonicNs(): bigint;
  /** CLOCK_REALTIME, nanoseconds since 1970-01-01T00:00:00Z. May step. */
  realtimeNs(): bigint;
  /**
   * Calls `fire` once, not before `delayMs` (0 to 2^31-1) have passed. `background` timers do not keep the process
   * alive.
   */
  setTimer(delayMs: number, fire: () => void, options?: { readonly background?: boolean }): Timer;
}
