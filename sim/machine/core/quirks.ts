/**
 * Quirks: what a Linux machine may do at any time and seldom does. Unlike faults they are nobody's trouble, so
 * programs that ship live with them and every law holds. A run has some of them; each then happens one time in
 * {@link HAPPENS_ONE_IN} that it could, decided by a noise stream for each quirk and whom it concerns.
 */
import { NS_PER_MS } from '../../../src/base/time.ts';
import type { Lane } from './lane.ts';
import type { Noise } from './noise.ts';

export const QUIRKS = [
  /** A connection gives one byte at a time. */
  'bytes-one-by-one',
  /** The kernel takes little of what is sent before the other side has read it. */
  'socket-buffer-small',
  'message-late',
  'connect-late',
  'accept-late',
  /** Who has the other end of a connection hears of its end only after a while. */
  'end-seen-late',
  /** Who waits on a pipe is woken by nobody, and by one wake-up for several signals. */
  'woken-without-cause',
  'pipe-full',
  /** A file takes a part of what is appended. */
  'append-short',
  /** A read gives less than there is. */
  'read-short',
  'timer-late',
  /** Two readings of the monotonic clock are the same. */
  'clock-stands',
  /** A started process runs its first instruction only after a while. */
  'start-late',
  'exit-seen-late',
  'signal-late',
  /** Others run for a while in the middle of a process's code, before one of its calls. */
  'preempted',
  /** A new process gets the id of one that is gone. */
  'id-reused',
] as const;
export type Quirk = (typeof QUIRKS)[number];

const HAPPENS_ONE_IN = 4;
const LATE_MS_MAX = 50;
/** Who is preempted goes on soon, mostly. */
const AWAY_NS_MAX = 50_000;
const AWAY_LONG_ONE_IN = 16;
const AWAY_LONG_NS_MAX = 2_000_000;

/** The quirks of one machine. */
export class Quirks {
  readonly #noise: Noise;
  readonly #active: ReadonlySet<Quirk>;
  readonly #happened = new Set<Quirk>();

  constructor(noise: Noise, active: readonly Quirk[]) {
    this.#noise = noise;
    this.#active = new Set(active);
  }

  /** Those that happened so far. */
  get happened(): readonly Quirk[] {
    return [...this.#happened];
  }

  /** Whether it happens now to `whom`, a label. */
  happens(quirk: Quirk, whom: string): boolean {
    if (!this.#active.has(quirk)) return false;
    if (!this.#noise.stream(`quirk ${quirk} of ${whom}`).oneIn(HAPPENS_ONE_IN)) return false;
    this.#happened.add(quirk);
    return true;
  }

  /** By how much it is late this time, nanoseconds; mostly 0. */
  lateness(quirk: Quirk, whom: string): number {
    if (!this.happens(quirk, whom)) return 0;
    return NS_PER_MS * (1 + this.#noise.stream(`lateness ${quirk} of ${whom}`).below(LATE_MS_MAX));
  }

  /** For how long others run before a call of `whom`, nanoseconds; mostly 0. */
  absence(whom: string): number {
    if (!this.happens('preempted', whom)) return 0;
    const stream = this.#noise.stream(`absence of ${whom}`);
    return 1 + stream.below(stream.oneIn(AWAY_LONG_ONE_IN) ? AWAY_LONG_NS_MAX : AWAY_NS_MAX);
  }

  /** What the lane brings next is late this time, and so is what comes behind it. */
  holdUp(quirk: Quirk, lane: Lane, now: number): void {
    const lateness = this.lateness(quirk, lane.label);
    if (lateness > 0) lane.lastTime = Math.max(lane.lastTime, now + lateness);
  }

  /** How many of `count` (at least 2) there are this time. */
  part(quirk: Quirk, whom: string, count: number): number {
    if (count < 2 || !this.happens(quirk, whom)) return count;
    return 1 + this.#noise.stream(`part ${quirk} of ${whom}`).below(Math.min(count - 1, 4096));
  }
}
