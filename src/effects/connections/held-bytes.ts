/**
 * Counts the bytes that a process holds for all its peers together: bytes queued for peers that do not read, and
 * incomplete messages. Above {@link HELD_BYTES_MAX} it cuts off the peers with the most bytes, one by one.
 */
import { HELD_BYTES_MAX } from '../../wire/limits.ts';

/** A peer for which the process holds bytes. */
export interface Holder {
  /** Bytes that the process holds for this peer at this moment. */
  readonly heldBytes: number;
  /** Releases these bytes, and calls {@link HeldBytes.count}. */
  cutOff(cause: 'overflow', reason: string): void;
}

export class HeldBytes {
  /** The bytes of each holder at its last count. */
  readonly #counted = new Map<Holder, number>();
  #total = 0;

  add(holder: Holder): void {
    this.#counted.set(holder, 0);
  }

  remove(holder: Holder): void {
    this.#total -= this.#counted.get(holder) ?? 0;
    this.#counted.delete(holder);
  }

  /** Replaces the last count of `holder` by its present bytes. */
  count(holder: Holder): void {
    const before = this.#counted.get(holder);
    if (before === undefined) return;
    const now = holder.heldBytes;
    if (now === before) return;
    this.#total += now - before;
    this.#counted.set(holder, now);
  }

  /** Counts `holder`, whose bytes may have grown, and keeps the total within its bound. */
  limit(holder: Holder): void {
    this.count(holder);
    if (this.#total <= HELD_BYTES_MAX) return;
    for (const other of this.#counted.keys()) this.count(other);
    while (this.#total > HELD_BYTES_MAX) {
      const [first = [holder, 0] as const, ...others] = this.#counted;
      const [greatest] = others.reduce((a, b) => (b[1] > a[1] ? b : a), first);
      greatest.cutOff('overflow', `all peers together hold more than ${HELD_BYTES_MAX} bytes`);
    }
  }
}
