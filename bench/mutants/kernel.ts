/** The pages of the kernel: from the descriptors that a registry passes into the rings of streams. */
import { type Mutant, mutantsOf } from './mutant.ts';

const SLOT = mutantsOf('src/ring/page-slot', [
  [
    'a page that was stored and not marked is overwritten',
    'R1.24',
    ['if (isStored && !this.isFull)', 'if (isStored && this.isFull)'],
  ],
  [
    'the next pump copies a page from its beginning again',
    'R1.24',
    ['return passed > 0 ? passed : 0;', 'return 0;'],
  ],
  [
    'a page is copied again when its consumer dies before the next one',
    'R1.24',
    ['Atomics.store(this.#words, OFFSET_LENGTH / 4, 0);', ''],
  ],
  [
    'what the kernel lost is counted again by the next pump',
    'R1.24',
    ['if (!isAdded && count > 0)', 'if (count > 0)'],
  ],
  [
    'what the kernel lost is forgotten when the consumer dies',
    'R1.24',
    ['if (!isAdded && count > 0)', 'if (false)'],
  ],
]);

const COPIER = mutantsOf('src/kernel/page-copier', [
  [
    'a record without room is discarded instead of waiting',
    'R1.24',
    ['if (!writer.hasRoom(bytes))', 'if (false)'],
  ],
  [
    'an event of the kernel has another time than its record',
    'R1.24',
    ['this.#beginLow + this.#reader.sinceBegin', 'this.#beginLow'],
  ],
  ['an event without a format is not counted', 'R1.24', ['this.writer.discard();', '']],
  [
    'times of the kernel go back',
    'R1.24',
    ['if (high < this.#high || (high === this.#high && low < this.#low))', 'if (false)'],
  ],
]);

const PUMP = mutantsOf('src/kernel/stream-pump', [
  [
    'what the kernel lost is not counted',
    'R1.24',
    ["if (end !== 'full')\n            this.#countLost(pages);", ''],
  ],
  [
    'the next page is taken before the one in the slot is copied',
    'R1.24',
    ["if (!this.#copyPage())\n                return 'full';", 'this.#copyPage();'],
  ],
]);

const RECORDER = mutantsOf('src/recorder/pumped-recorder', [
  ['two consumers read the pages of one CPU', 'R1.24', ['if (!this.#isClaimed)', 'if (false)']],
  [
    'the consumer is not woken when the buffer of a CPU is half full',
    'R1.24',
    ["else if (end !== 'full')", 'else if (false)'],
  ],
  [
    'a flush leaves the last events in the kernel',
    'R1.24',
    ['pump.run(pages, left, flush)', 'pump.run(pages, left, false)'],
  ],
]);

export const KERNEL: readonly Mutant[] = [...SLOT, ...COPIER, ...PUMP, ...RECORDER];
