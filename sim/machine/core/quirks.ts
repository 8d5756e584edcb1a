/**
 * Quirks: behaviour that Linux permits at any time and that is rare. A quirk is not a fault: the shipped programs must
 * tolerate it, and every oracle still applies. A run enables some quirks; an enabled one happens in one of
 * {@link HAPPENS_ONE_IN} possible cases. A noise stream per quirk and label of its subject decides.
 */
import { NS_PER_MS } from '../../../src/base/time.ts';
import type { Lane } from './lane.ts';
import type { Noise } from './noise.ts';

export const QUIRKS = [
  /** A read from a connection returns one byte at a time. */
  'bytes-one-by-one',
  /** The kernel buffers few of the sent bytes before the peer has read them. */
  'socket-buffer-small',
  'message-late',
  'connect-late',
  'accept-late',
  /** The peer sees the end of a connection only after a delay. */
  'end-seen-late',
  /** A waiter on a pipe is woken without a signal; one wake-up may stand for several signals. */
  'woken-without-cause',
  'pipe-full',
  /** An append writes only a part of the bytes. */
  'append-short',
  /** A read returns fewer bytes than the file has. */
  'read-short',
  'timer-late',
  /** Two successive readings of the monotonic clock are equal. */
  'clock-stands',
  /** A started process runs its first instruction only after a delay. */
  'start-late',
  'exit-seen-late',
  'signal-late',
  /** The kernel preempts a process before one of its calls: other processes run for a while. */
  'preempted',
  /** A new process gets the id of a process that no longer exists. */
  'id-reused',
  /** A new shared-memory segment gets the id of one that no longer exists. */
  'segment-id-reused',
] as const;
export type Quirk = (typeof QUIRKS)[number];

const HAPPENS_ONE_IN = 4;
const LATE_MS_MAX = 50;
/** A preempted process mostly resumes soon. */
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

  /** The quirks that happened so far. */
  get happened(): readonly Quirk[] {
    return [...this.#happened];
  }

  /** Whether the quirk happens now to the subject with this label. */
  happens(quirk: Quirk, label: string): boolean {
    if (!this.#active.has(quirk)) return false;
    if (!this.#noise.stream(`quirk ${quirk} of ${label}`).oneIn(HAPPENS_ONE_IN)) return false;
    this.#happened.add(quirk);
    return true;
  }

  /** The delay that the quirk adds this time, nanoseconds; mostly 0. */
  lateness(quirk: Quirk, label: string): number {
    if (!this.happens(quirk, label)) return 0;
    return NS_PER_MS * (1 + this.#noise.stream(`lateness ${quirk} of ${label}`).below(LATE_MS_MAX));
  }

  /** How long other processes run before a call of the process with this label, nanoseconds; mostly 0. */
  absence(label: string): number {
    if (!this.happens('preempted', label)) return 0;
    const stream = this.#noise.stream(`absence of ${label}`);
    return 1 + stream.below(stream.oneIn(AWAY_LONG_ONE_IN) ? AWAY_LONG_NS_MAX : AWAY_NS_MAX);
  }

  /** Delays the next delivery of the lane, and with it all later ones. */
  holdUp(quirk: Quirk, lane: Lane, now: number): void {
    const lateness = this.lateness(quirk, lane.label);
    if (lateness > 0) lane.lastTime = Math.max(lane.lastTime, now + lateness);
  }

  /** `count`, or fewer (at least 1) when the quirk happens; a `count` below 2 stays as it is. */
  part(quirk: Quirk, label: string, count: number): number {
    if (count < 2 || !this.happens(quirk, label)) return count;
    return 1 + this.#noise.stream(`part ${quirk} of ${label}`).below(Math.min(count - 1, 4096));
  }
}
