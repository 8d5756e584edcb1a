/** Draws the parts of a scenario from a seed: each part from its own stream, so that a part does not affect others. */
import type { ChannelSettings } from '../../src/wire/common.ts';
import { Noise, type NoiseStream } from '../machine/core/noise.ts';
import type { Workload, WorkStep } from './workload.ts';

export class Draw {
  readonly #noise: Noise;
  readonly #prefix: string;

  /** Draws with different prefixes are independent, even with the same seed. */
  constructor(seed: number, prefix = '') {
    this.#noise = new Noise(seed);
    this.#prefix = prefix;
  }

  /** Draws for one part; `label` names it. */
  of(label: string): PartDraw {
    return new PartDraw(this.#noise.stream(`scenario ${this.#prefix}${label}`));
  }
}

export class PartDraw {
  readonly #stream: NoiseStream;

  constructor(stream: NoiseStream) {
    this.#stream = stream;
  }

  /** An integer from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.#stream.below(most - least + 1);
  }

  chance(oneIn: number): boolean {
    return this.#stream.oneIn(oneIn);
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.#stream.below(choices.length)] ?? choices[0];
  }

  /** A channel with mostly small buffers, so that some overflow. */
  channel(name: string): ChannelSettings {
    return {
      name,
      shape: {
        subbufferBytes: this.pick([4096, 4096, 8192, 65_536]),
        subbufferCount: this.pick([2, 2, 4, 8]),
        overwrite: this.chance(4),
      },
      switchTimerUs: this.pick([0, 2000, 20_000, 1_000_000]),
      readTimerUs: this.pick([0, 1000, 10_000, 200_000]),
    };
  }

  /** The workload of an application for about `durationMs`. */
  workload(durationMs: number, depth = 0): Workload {
    const times = Array.from({ length: this.between(1, 6) }, () => this.between(0, durationMs));
    const steps: WorkStep[] = times
      .sort((one, other) => one - other)
      .map((at) => this.#step(at, depth));
    const isKilled = this.chance(3);
    if (!isKilled && this.chance(3)) {
      const at = this.between(0, durationMs);
      steps.push(
        this.chance(2) ? { at, do: 'exit', code: this.between(0, 255) } : { at, do: 'throw' },
      );
    }
    return isKilled
      ? { steps, killAtCall: this.between(1, this.pick([60, 200, 1000])) }
      : { steps };
  }

  #step(at: number, depth: number): WorkStep {
    const of = this.pick(['a', 'b', 'c']);
    const kind = this.between(0, 9);
    if (kind === 0) return { at, do: 'define', of };
    if (kind === 1 && depth === 0)
      return { at, do: 'spawn', workload: this.workload(20, depth + 1) };
    const count = this.pick([1, 3, 20, 60, 200]);
    const characters = this.pick([0, 10, 100, 1000, 5000]);
    return kind === 2 ? { at, do: 'write', characters } : { at, do: 'emit', of, count, characters };
  }
}
