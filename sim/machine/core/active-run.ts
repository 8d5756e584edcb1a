/** Tells the guards which code is running: that of a simulated run, or the host environment's. */
import { NS_PER_MS_BIGINT } from '../../../src/base/time.ts';

/** The clock of the active run; undefined outside of one. */
let clock: (() => bigint) | undefined;

/** Virtual realtime in milliseconds while a simulated run is active; otherwise undefined. */
export function activeRealtimeMs(): number | undefined {
  return clock === undefined ? undefined : Number(clock() / NS_PER_MS_BIGINT);
}

/** Calls `run` as code of a simulated run; `realtimeNs` is its clock. */
export function asRun<T>(realtimeNs: () => bigint, run: () => T): T {
  return withClock(realtimeNs, run);
}

/** Calls an observer of the run: it belongs to the host environment and may use what simulated code may not. */
export function asHost<T>(observe: () => T): T {
  return withClock(undefined, observe);
}

function withClock<T>(wanted: typeof clock, act: () => T): T {
  const before = clock;
  clock = wanted;
  try {
    return act();
  } finally {
    clock = before;
  }
}
