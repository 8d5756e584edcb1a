/** The real clock: CLOCK_MONOTONIC and CLOCK_REALTIME, and Node's timers. */
// Imported, not the globals: tests of a traced application may replace the globals by a fake clock.
import { clearTimeout, setTimeout } from 'node:timers';
import { assert } from '../base/assert.ts';
import { NS_PER_MS_BIGINT, NS_PER_SECOND_BIGINT } from '../base/time.ts';
import type { Clock, Timer } from '../port/clock.ts';
import type { Source } from './blocking.ts';
import { type Entrance, entering } from './entrance.ts';
import { clockGettime } from './libc.ts';

const CLOCK_REALTIME = 0;

/** Longest delay that the port and Node's timers allow. */
const TIMER_DELAY_MAX_MS = 2 ** 31 - 1;

export function createClock(entrance: Entrance): Clock {
  return {
    monotonicNs: () => process.hrtime.bigint(),
    realtimeNs,
    setTimer: (delayMs, fire, options) => setTimer(entrance, delayMs, fire, options?.background),
  };
}

function realtimeNs(): bigint {
  const timespec = new BigInt64Array(2);
  const answer = clockGettime()(CLOCK_REALTIME, new Uint8Array(timespec.buffer));
  assert(answer === 0, 'clock: CLOCK_REALTIME can be read');
  return (timespec[0] ?? 0n) * NS_PER_SECOND_BIGINT + (timespec[1] ?? 0n);
}

function setTimer(
  entrance: Entrance,
  delayMs: number,
  fire: () => void,
  isBackground = false,
): Timer {
  assert(
    Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= TIMER_DELAY_MAX_MS,
    'clock: a delay is an integer from 0 to 2^31-1',
  );
  // Node counts whole milliseconds and may fire up to one millisecond early; the port never fires early.
  const wait = Math.min(delayMs === 0 ? 0 : delayMs + 1, TIMER_DELAY_MAX_MS);
  const end = (): void => {
    clearTimeout(timeout);
    forget?.();
  };
  const go = entering(entrance, () => {
    end();
    fire();
  });
  const timeout = setTimeout(go, wait);
  if (isBackground || entrance.isBackground) timeout.unref();
  const forget = entrance.blocking?.add(sourceOf(delayMs, go));
  return { cancel: end };
}

/** The timer as a source of a thread that blocks. */
function sourceOf(delayMs: number, go: () => void): Source {
  const due = process.hrtime.bigint() + BigInt(delayMs) * NS_PER_MS_BIGINT;
  return {
    poll: () => {
      const isDue = process.hrtime.bigint() >= due;
      if (isDue) go();
      return isDue;
    },
  };
}
