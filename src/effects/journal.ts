/** Handler of `journal.*`. */
import type { World } from '../port/world.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { JournalEffect } from './contract/journal.ts';
import { DurableRecords } from './durable-records.ts';

export function createJournalHandler(world: World, deliver: Deliver): EffectHandler<JournalEffect> {
  const records = new DurableRecords(world);
  return (effect, from) => {
    switch (effect.type) {
      case 'journal.load':
        deliver(from, { type: 'journal.loaded', ...records.load(effect.directory) });
        return;
      case 'journal.write':
        return records.write(effect, effect.text);
      case 'journal.confirm': {
        const { name } = effect;
        const error = records.failureOf(effect);
        const answer = error === undefined ? {} : { error };
        deliver(from, { type: 'journal.confirmed', name, ...answer });
        return;
      }
      case 'journal.remove':
        return records.remove(effect);
      case 'journal.setAside':
        return records.setAside(effect);
      case 'journal.tidy':
        return records.tidy();
    }
  };
}
