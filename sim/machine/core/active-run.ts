/** Whose code is running, for the guards: that of a simulated run, or the host's. */
import { NS_PER_MS_BIGINT } from '../../../src/base/time.ts';

/** The clock of the active run; undefined outside of one. */
let clock: (() => bigint) | undefined;

/** Virtual realtime in milliseconds while a simulated run is active; otherwise undefined. */
export function activeRealtimeMs(): number | undefined {
  return clock === undefined ? undefined : Number(clock() / NS_PER_MS_BIGINT);
}

/** Calls a run; `realtimeNs` is its clock. */
export function asRun<T>(realtimeNs: () => bigint, run: () => T): T {
  return withClock(realtimeNs, run);
}

/** Calls who looks on at a run: it belongs to the host, and may use what the run may not. */
export function asHost<T>(look: () => T): T {
  return withClock(undefined, look);
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
