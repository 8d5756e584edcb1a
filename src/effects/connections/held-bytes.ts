/**
 * What all peers of a process together make it hold: bytes queued for those that do not read, and messages that are not
 * whole. Past {@link HELD_BYTES_MAX} the peers that account for most of it are cut off, until the rest is within.
 */
import { HELD_BYTES_MAX } from '../../wire/limits.ts';

/** What a peer is to the account. */
export interface Holder {
  /** Bytes that it makes us hold at this moment. */
  readonly heldBytes: number;
  /** Lets go of them, and {@link HeldBytes.count counts} again. */
  cutOff(cause: 'overflow', reason: string): void;
}

export class HeldBytes {
  /** What each held when it was counted last. */
  readonly #counted = new Map<Holder, number>();
  #total = 0;

  add(holder: Holder): void {
    this.#counted.set(holder, 0);
  }

  remove(holder: Holder): void {
    this.#total -= this.#counted.get(holder) ?? 0;
    this.#counted.delete(holder);
  }

  /** Takes what `holder` holds now in place of what it held before. */
  count(holder: Holder): void {
    const before = this.#counted.get(holder);
    if (before === undefined) return;
    const now = holder.heldBytes;
    this.#total += now - before;
    this.#counted.set(holder, now);
  }

  /** Counts `holder`, which may hold more than before, and keeps the total within its bound. */
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
