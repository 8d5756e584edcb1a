/** Converts cycles of a trace clock to instants. Cycles are two unsigned 32-bit halves, as in packets. */
import { NS_PER_SECOND } from '../../base/time.ts';
import { type Instant, instantOf } from './message.ts';
import type { ClockSchema } from './tsdl/types.ts';

/** Cycles with an upper half below this are exact numbers. */
const EXACT_HIGH_END = 2 ** 21;

export class TraceClock {
  readonly #frequency: bigint;
  readonly #offsetNs: bigint;
  readonly #offset: Instant;
  readonly #isNanoseconds: boolean;

  /** Without a declared clock, cycles count as nanoseconds since the epoch. */
  constructor(schema: ClockSchema | undefined) {
    this.#frequency = schema?.frequency ?? BigInt(NS_PER_SECOND);
    this.#offsetNs = schema?.offsetNs ?? 0n;
    this.#offset = instantOf(this.#offsetNs);
    this.#isNanoseconds = this.#frequency === BigInt(NS_PER_SECOND);
  }

  at(high: number, low: number): Instant {
    if (!this.#isNanoseconds || high >= EXACT_HIGH_END) {
      return this.#exactly((BigInt(high) << 32n) | BigInt(low));
    }
    const cycles = high * 2 ** 32 + low;
    // The division rounds, so the quotient may be one too high.
    let seconds = Math.floor(cycles / NS_PER_SECOND);
    let nanoseconds = cycles - seconds * NS_PER_SECOND + this.#offset.nanoseconds;
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += NS_PER_SECOND;
    } else if (nanoseconds >= NS_PER_SECOND) {
      seconds++;
      nanoseconds -= NS_PER_SECOND;
    }
    seconds += this.#offset.seconds;
    // V8 stores small integers in place, but allocates a box for each double.
    const small = seconds | 0;
    return { seconds: small === seconds ? small : seconds, nanoseconds: nanoseconds | 0 };
  }

  #exactly(cycles: bigint): Instant {
    return instantOf((cycles * BigInt(NS_PER_SECOND)) / this.#frequency + this.#offsetNs);
  }
}
