/** Mutants of rotations. */
import { mutantsOf } from './mutant.ts';

export const ROTATIONS = [
  ...mutantsOf('src/effects/recorder/output-changes', [
    [
      'an archive lacks what the buffers hold',
      'rotation',
      [
        'this.#consumer.writeAll();\n        this.#consumer.open(undefined);\n        return this.#move(present)',
        'this.#consumer.open(undefined);\n        return this.#move(present)',
      ],
    ],
    [
      'a clear leaves what the buffers hold',
      'rotation',
      ['const second = clearChunk(files, place);', 'const second = ok(undefined);'],
    ],
  ]),
  ...mutantsOf('src/recorder/chunk-archive', [
    [
      'a rotation takes the traces of other sessions, too',
      'rotation',
      ['if (metadata.value.environment[SESSION_UUID] === sessionUuid)', 'if (true)'],
    ],
    [
      'an archive that a dead consumer has begun is begun again',
      'rotation',
      ['const archive = known.value ?? archivePath', 'const archive = archivePath'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/rotation-guards', [
    [
      'the next consumer does not finish the rotation of a dead one',
      'rotation',
      ['=> scene.context.rotation.pending !== undefined &&', '=> false &&'],
    ],
  ]),
];
