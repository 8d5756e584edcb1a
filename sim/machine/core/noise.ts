/**
 * Noise for the simulator, drawn from counter-based streams: draw `n` of a stream is a function of
 * (seed, label, n) alone. Removing one cause from a run therefore leaves every other stream unchanged;
 * a single shared generator could not guarantee that.
 */
import { assert } from '../../../src/base/assert.ts';
import { RollingHash } from './rolling-hash.ts';

/** Largest bound for {@link NoiseStream.below}: the product with 32 bits stays an exact integer. */
export const NOISE_BOUND_MAX = 0x20_0000;
const TWO_TO_32 = 0x1_0000_0000;
const GOLDEN = 0x9e3779b9;

export class NoiseStream {
  readonly #first: number;
  readonly #second: number;
  #counter = 0;

  constructor(seed: number, label: string) {
    const hash = new RollingHash();
    hash.foldNumber(seed);
    hash.foldString(label);
    this.#first = hash.low();
    this.#second = hash.high();
  }

  /** The next 32 bits, unsigned. */
  next(): number {
    const counter = this.#counter++;
    const once = mix((this.#first + Math.imul(counter, GOLDEN)) >>> 0);
    return mix((once ^ this.#second ^ Math.floor(counter / TWO_TO_32)) >>> 0);
  }

  /** An integer from 0 to `bound - 1`; `bound` is 1 to {@link NOISE_BOUND_MAX}. */
  below(bound: number): number {
    assert(bound >= 1 && bound <= NOISE_BOUND_MAX, 'noise bound within range');
    return Math.floor((this.next() * bound) / TWO_TO_32);
  }

  /** True once in `count` draws on average. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }
}

/** All streams of one host in one run, created at first use. */
export class Noise {
  readonly #seed: number;
  readonly #prefix: string;
  readonly #streams = new Map<string, NoiseStream>();

  /** `seed`: an integer from 0 to 2^53 - 1. `prefix` precedes every label. */
  constructor(seed: number, prefix = '') {
    assert(Number.isSafeInteger(seed) && seed >= 0, 'seed is a non-negative safe integer');
    this.#seed = seed;
    this.#prefix = prefix;
  }

  stream(label: string): NoiseStream {
    const known = this.#streams.get(label);
    if (known !== undefined) return known;
    const stream = new NoiseStream(this.#seed, this.#prefix + label);
    this.#streams.set(label, stream);
    return stream;
  }
}

/** A bijection on 32 bits that spreads every input bit over the output. */
function mix(input: number): number {
  let value = input;
  value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
  return (value ^ (value >>> 15)) >>> 0;
}
