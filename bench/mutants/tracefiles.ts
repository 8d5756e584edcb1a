/** Mutants of streams with several files. */
import { mutantsOf } from './mutant.ts';

const RULE = 'tracefiles';

export const TRACEFILES = [
  ...mutantsOf('src/recorder/stream-tracefiles', [
    [
      'the newest file is overwritten, not the oldest',
      RULE,
      ['index % bounds.count', 'Math.min(index, bounds.count - 1)'],
    ],
    [
      'a stream has a file more than its bound',
      RULE,
      ['index % bounds.count', 'index % (bounds.count + 1)'],
    ],
    [
      'a file takes a packet that makes it too long',
      RULE,
      ['byteLength + bytes > this.#bounds.bytes', 'byteLength > this.#bounds.bytes'],
    ],
    [
      'a file has one packet only',
      RULE,
      ['byteLength > 0 && byteLength + bytes > this.#bounds.bytes', 'byteLength > 0'],
    ],
    [
      'an overwritten file keeps its packets',
      RULE,
      ['const removed = this.#removeAt(index);', 'const removed = ok(undefined);'],
    ],
    [
      'a consumer that died before the first packet of a file is not continued',
      RULE,
      ['isBefore.value ? before : 0', '0'],
    ],
    [
      'a consumer that died in the first packet of a file is not continued',
      RULE,
      ['if (index === this.#index - 1)', 'if (false)'],
    ],
    [
      'a consumer that died when it overwrote the only file is not continued',
      RULE,
      ['if (names.bounds?.count === 1 && stored > 0)', 'if (false)'],
    ],
  ]),
  ...mutantsOf('src/wire/control/tracefiles', [
    [
      'a file may be too short for a sub-buffer',
      RULE,
      ['Math.max(asked, subbufferBytes + PACKET_HEADERS_BYTES)', 'asked'],
    ],
  ]),
  ...mutantsOf('src/ctf/read/split-stream', [
    ['what is lost between two files is not told', RULE, ['reader.follow(this.#current);', '']],
    [
      'the files of a stream are read in the order of their names',
      RULE,
      ['a.number < b.number', 'a.number > b.number'],
    ],
  ]),
];
