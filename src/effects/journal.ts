/** Handler of `journal.*`. */
import { NS_PER_MS } from '../base/time.ts';
import type { World } from '../port/world.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { JournalEffect } from './contract/journal.ts';
import { DurableRecords } from './durable-records.ts';

/** A record rests this long between two gathered changes, and so much longer than its last write took. */
export const GATHER_MS = 20;
const GATHER_WRITES = 8;

export function createJournalHandler(world: World, deliver: Deliver): EffectHandler<JournalEffect> {
  const records = new DurableRecords(world);
  const gathering = new Gathering(world.clock);
  return (effect, from) => {
    switch (effect.type) {
      case 'journal.load':
        deliver(from, { type: 'journal.loaded', ...records.load(effect.directory) });
        return;
      case 'journal.write':
        return gathering.time(effect.name, () => records.write(effect, effect.text));
      case 'journal.confirm': {
        const { name } = effect;
        const error = records.failureOf(effect);
        const answer = error === undefined ? {} : { error };
        deliver(from, { type: 'journal.confirmed', name, ...answer });
        return;
      }
      case 'journal.gather': {
        const { name } = effect;
        return gathering.begin(name, () => deliver(from, { type: 'journal.gathered', name }));
      }
      case 'journal.remove':
        gathering.forget(effect.name);
        return records.remove(effect);
      case 'journal.setAside':
        return records.setAside(effect);
      case 'journal.tidy':
        return records.tidy();
    }
  };
}

/** The rest of each record, so that many changes take one write, and most of the time is left for other things. */
class Gathering {
  readonly #clock: World['clock'];
  readonly #restsUntilNs = new Map<string, bigint>();
  /** The time that the last write took, nanoseconds. */
  readonly #writeNs = new Map<string, bigint>();

  constructor(clock: World['clock']) {
    this.#clock = clock;
  }

  /** Writes the record, and notes the time that this takes. */
  time(name: string, write: () => void): void {
    const begin = this.#clock.monotonicNs();
    write();
    this.#writeNs.set(name, this.#clock.monotonicNs() - begin);
  }

  begin(name: string, onGathered: () => void): void {
    const leftNs = (this.#restsUntilNs.get(name) ?? 0n) - this.#clock.monotonicNs();
    const gathered = (): void => {
      onGathered();
      const writesNs = (this.#writeNs.get(name) ?? 0n) * BigInt(GATHER_WRITES);
      const restNs = BigInt(GATHER_MS * NS_PER_MS) + writesNs;
      this.#restsUntilNs.set(name, this.#clock.monotonicNs() + restNs);
    };
    if (leftNs <= 0n) gathered();
    else this.#clock.setTimer(Math.ceil(Number(leftNs) / NS_PER_MS), gathered);
  }

  forget(name: string): void {
    this.#restsUntilNs.delete(name);
    this.#writeNs.delete(name);
  }
}
