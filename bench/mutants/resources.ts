/** Mutants of what programs share or leave on the machine: memory, files, directories, and their environment. */
import { mutantsOf } from './mutant.ts';

const MEMORY = mutantsOf('src/effects/memory', [
  [
    'all users may read and write the events',
    'R1.25',
    ['mode: readerGid === undefined ? 0o600 : 0o640,', 'mode: 0o666,'],
  ],
  [
    'the group may write the events',
    'R1.25',
    [
      'mode: readerGid === undefined ? 0o600 : 0o640,',
      'mode: readerGid === undefined ? 0o600 : 0o660,',
    ],
  ],
  [
    'the application may write the consumer\u2019s position',
    'R1.25',
    [
      'mode: writer.uid === consumer.uid ? 0o600 : 0o640,',
      'mode: writer.uid === consumer.uid ? 0o600 : 0o660,',
    ],
  ],
  [
    'the consumer\u2019s position belongs to the application',
    'R1.25',
    ['uid: consumer.uid,', 'uid: writer.uid,'],
  ],
  [
    'the group may not read the events',
    'R1.25',
    ['gid: readerGid ?? writer.gid,', 'gid: writer.gid,'],
  ],
  [
    'segments are not removed',
    'R1.7',
    ['const removed = world.memory.remove(segment);', 'const removed = ok(undefined);'],
  ],
  ['the wake-up pipe is not removed', 'R1.21', ['removePipe(world, effect.wakePath);', ';']],
  ['all users may write to the wake-up pipe', 'R1.21', ['? 0o600 : 0o660', '? 0o600 : 0o666']],
]);

const SHARES = [
  ...mutantsOf('src/effects/memory/sweep', [
    [
      'segments that a dead registry made and did not write down stay',
      'R1.7',
      ['&& world.memory.remove(segment).ok;', ';'],
    ],
    [
      'segments that records name are removed',
      'R1.7',
      ['const known = new Set(recorded.map(({ key }) => key));', 'const known = new Set();'],
    ],
    [
      'a segment without a mark is never removed',
      'R1.7',
      ["creator === 'unknown' || creator === 'blank'", "creator === 'unknown'"],
    ],
  ]),
  ...mutantsOf('src/effects/memory/shares', [
    [
      'one user gets the buffers of all',
      'R1.7',
      ['return isWithin ? undefined : this.#share;', 'return undefined;'],
    ],
  ]),
  ...mutantsOf('src/os/memory', [
    [
      'a segment is whatever has its id',
      'R1.7',
      ['if (!isKeyEqual || creatorUid !== segment.creatorUid) {', 'if (false) {'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/app-link/machine', [
    [
      'threads that do not exist are registered',
      'R1.15',
      ['guard: ({ event }) => event.isMissing,', 'guard: () => false,'],
    ],
  ]),
];

const FILES = [
  ...mutantsOf('src/effects/lock-files', [
    [
      'the lock is not taken',
      'R1.5',
      ['const locked = file.lock();', 'const locked = ok(undefined);'],
    ],
  ]),
  ...mutantsOf('src/effects/files', [
    [
      'a pipe that another waiter made first is an error',
      'R1.16',
      ["made.ok || made.error.code === 'EEXIST')\n", 'made.ok)\n'],
    ],
  ]),
  ...mutantsOf('src/effects/durable-records', [
    [
      'no session is written down',
      'restart',
      ['const outcome = this.#replace(key, text);', 'const outcome = ok(undefined);'],
    ],
    [
      'the record of a session stays',
      'restart',
      ['const removed = this.#world.files.remove(path);', 'const removed = ok(undefined);'],
    ],
    [
      'a record does not outlive the machine',
      'restart',
      ['appended.ok ? file.value.sync() : appended', 'appended'],
    ],
  ]),
];

const ENVIRONMENT = mutantsOf('src/port/environment', [
  [
    'a set-user-ID program believes the environment of its starter',
    'rights',
    ['isElevated ? NOTHING : given', 'given'],
  ],
]);

const HELD = mutantsOf('src/effects/recorder/output-changes', [
  [
    'a consumer looks its output up by path each time',
    'rights',
    [
      'world.files.holdDirectory(output, OUTPUT_MODE)',
      'world.files.makeDirectory(output, OUTPUT_MODE)',
    ],
  ],
]);

export const RESOURCES = [...MEMORY, ...FILES, ...ENVIRONMENT, ...HELD, ...SHARES];
