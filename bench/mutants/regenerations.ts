/** Mutants of metadata that is written anew for another clock offset. */
import { mutantsOf } from './mutant.ts';

const RULE = 'regenerate metadata';

export const REGENERATIONS = [
  ...mutantsOf('src/recorder/process-trace', [
    [
      'later classes are declared in the metadata that was replaced',
      RULE,
      ['this.#metadata = renewed.value;', ''],
    ],
    [
      'the metadata of an open trace keeps its clock offset',
      RULE,
      ['const present = this.#metadata;', 'const present = undefined;'],
    ],
  ]),
  ...mutantsOf('src/recorder/file-sink', [
    [
      'the traces of programs that have ended keep their clock offset',
      RULE,
      ['outcomes.push(renewMetadata(files, directory, clockOffsetNs));', ''],
    ],
    [
      'later traces have the earlier clock offset',
      RULE,
      ['this.#site = { ...this.#site, clockOffsetNs };', ''],
    ],
  ]),
  ...mutantsOf('src/effects/recorder/output-changes', [
    [
      'new metadata has the clock offset of the first such command',
      RULE,
      [
        'const { offsetNs } = machineClock(this.#world);',
        'const { offsetNs } = (this.first ??= machineClock(this.#world));',
      ],
    ],
  ]),
  ...mutantsOf('src/recorder/renewed-metadata', [
    [
      'new metadata is not locked',
      RULE,
      ['const locked = copy.lock();', 'const locked = ok(undefined);'],
    ],
    [
      'new metadata has its name before it is on the disk',
      RULE,
      ['return appended.ok ? copy.sync() : appended;', 'return appended;'],
    ],
    ['the remains of an earlier copy stay in new metadata', RULE, ['copy.cut(0)', 'ok(undefined)']],
    ['a copy that cannot be written stays', RULE, ['files.remove(place);', '']],
  ]),
  ...mutantsOf('src/ctf/read/reader', [
    [
      'a reader does not follow metadata that was replaced',
      RULE,
      ['!standing.value.isRemoved)', 'true)'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/rotation', [
    [
      'a session ends with metadata that a dead consumer has half done',
      RULE,
      ['owesArchive(rotation) || rotation.pending !== undefined', 'owesArchive(rotation)'],
    ],
    [
      'new metadata makes an archive of the last chunk',
      RULE,
      ["pending === 'archive' || pending === 'clear'", 'pending !== undefined'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/rotation-actions', [
    ['new metadata begins a new chunk', RULE, ["if (pending === 'metadata') {", 'if (false) {']],
  ]),
];
