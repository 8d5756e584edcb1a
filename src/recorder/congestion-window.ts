/**
 * How many bytes of datagrams may be on the way, and how long one is waited for: slow start, halving on loss, and
 * time-outs from measured round trips, after RFC 5681 and RFC 6298. A window that is not used up does not grow.
 */
import { NS_PER_MS } from '../base/time.ts';
import { DATAGRAM_BYTES_MAX } from '../wire/relay/datagram.ts';

/** The smallest, the first and the greatest window. */
export const CONGESTION_BYTES_MIN = 2 * DATAGRAM_BYTES_MAX;
export const CONGESTION_BYTES_FIRST = 10 * DATAGRAM_BYTES_MAX;
export const CONGESTION_BYTES_MAX = 1024 * 1024;
/** Bounds of the time-out; it is the first one until a round trip was measured. */
const TIMEOUT_MS_FIRST = 1000;
const TIMEOUT_MS_MIN = 100;
export const TIMEOUT_MS_MAX = 2000;
/** What a datagram may be late beside others that were sent with it. */
const LATE_NS = 2 * NS_PER_MS;

export class CongestionWindow {
  #bytes = CONGESTION_BYTES_FIRST;
  /** Below it the window doubles in each round trip. */
  #threshold = CONGESTION_BYTES_MAX;
  #smoothedNs: number | undefined;
  #variationNs = 0;
  #backOff = 1;
  /** Losses of datagrams before this number are of the same congestion. */
  #recovered = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** After so long a datagram is lost. */
  get timeoutNs(): number {
    const measured =
      this.#smoothedNs === undefined
        ? TIMEOUT_MS_FIRST * NS_PER_MS
        : this.#smoothedNs + 4 * this.#variationNs;
    const timeout = Math.max(measured, TIMEOUT_MS_MIN * NS_PER_MS) * this.#backOff;
    return Math.min(timeout, TIMEOUT_MS_MAX * NS_PER_MS);
  }

  /** After so long a datagram is lost if a later one has arrived: others overtake it a little now and then. */
  get overtakenNs(): number {
    return Math.min(1.25 * (this.#smoothedNs ?? this.timeoutNs) + LATE_NS, this.timeoutNs);
  }

  /** So many bytes have arrived, the last of them after this time. `isUsedUp`: no more could have been on the way. */
  noteArrived(byteLength: number, roundTripNs: number, isUsedUp: boolean): void {
    this.#measure(roundTripNs);
    this.#backOff = 1;
    if (!isUsedUp) return;
    const isSlowStart = this.#bytes < this.#threshold;
    const growth = isSlowStart ? byteLength : (DATAGRAM_BYTES_MAX * byteLength) / this.#bytes;
    this.#bytes = Math.min(this.#bytes + growth, CONGESTION_BYTES_MAX);
  }

  /** A datagram is lost. `next`: the number of the next one. `isSilent`: nothing sent with it or later has arrived. */
  noteLost(number: number, next: number, isSilent: boolean): void {
    if (number < this.#recovered) return;
    this.#recovered = next;
    this.#threshold = Math.max(this.#bytes / 2, CONGESTION_BYTES_MIN);
    this.#bytes = isSilent ? CONGESTION_BYTES_MIN : this.#threshold;
    if (isSilent) this.#backOff = Math.min(2 * this.#backOff, TIMEOUT_MS_MAX / TIMEOUT_MS_MIN);
  }

  #measure(roundTripNs: number): void {
    if (this.#smoothedNs === undefined) {
      this.#smoothedNs = roundTripNs;
      this.#variationNs = roundTripNs / 2;
      return;
    }
    const difference = Math.abs(this.#smoothedNs - roundTripNs);
    this.#variationNs = 0.75 * this.#variationNs + 0.25 * difference;
    this.#smoothedNs = 0.875 * this.#smoothedNs + 0.125 * roundTripNs;
  }
}
