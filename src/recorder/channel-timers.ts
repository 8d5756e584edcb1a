/** The timers of channels in a consumer: one for each period, shared by all streams with this period. */
import type { World } from '../port/world.ts';

/** The shortest period of a channel's timer. */
const TIMER_MS_MIN = 1;

export class ChannelTimers {
  readonly #clock: Pick<World['clock'], 'setTimer'>;
  readonly #onTick: (periodMs: number) => boolean;
  readonly #running = new Set<number>();

  /** `onTick` returns whether a stream still has this period. */
  constructor(clock: Pick<World['clock'], 'setTimer'>, onTick: (periodMs: number) => boolean) {
    this.#clock = clock;
    this.#onTick = onTick;
  }

  start(periodUs: number): void {
    const periodMs = periodMsOf(periodUs);
    if (periodMs === undefined || this.#running.has(periodMs)) return;
    this.#running.add(periodMs);
    this.#wait(periodMs);
  }

  #wait(periodMs: number): void {
    this.#clock.setTimer(periodMs, () => {
      if (this.#onTick(periodMs)) this.#wait(periodMs);
      else this.#running.delete(periodMs);
    });
  }
}

/** Undefined when the timer is off. */
export function periodMsOf(periodUs: number): number | undefined {
  return periodUs === 0 ? undefined : Math.max(TIMER_MS_MIN, Math.round(periodUs / 1000));
}
