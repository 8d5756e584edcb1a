/** Mutants of the work after a death: consumers that replace others, snapshots, recovery, records written late. */
import { mutantsOf } from './mutant.ts';

const CONSUMERS = [
  ...mutantsOf('src/ring/progress', [
    [
      'the note that is in force is written over',
      'R1.22',
      ['return this.#inForce === 0 ? 1 : 0;', 'return this.#inForce;'],
    ],
  ]),
  ...mutantsOf('src/recorder/resume-point', [
    [
      'the newest note is believed whatever is in the file',
      'R1.22',
      ['checkpoints.find(({ stored }) => stored.position <= storedPosition)', 'newest'],
    ],
    [
      'events in a file that is gone are not counted',
      'R1.22',
      ['discarded: events + discarded', 'discarded'],
    ],
  ]),
  ...mutantsOf('src/recorder/stream-file', [
    [
      'what a dead consumer left torn stays in the file',
      'R1.22',
      ['const cut = this.#data.cut(position);', 'const cut = ok(undefined);'],
    ],
  ]),
  ...mutantsOf('src/recorder/open-recorder', [
    [
      'a file that others removed or replaced is written on',
      'R1.22',
      ["standing.value === 'here'", 'true'],
    ],
    [
      'a consumer without a registry takes back what another one has taken',
      'R1.19',
      ['if (!isEntitled())', 'if (false)'],
    ],
  ]),
  ...mutantsOf('src/recorder/stream-recorder', [
    [
      'the next consumer declares all classes again',
      'R1.22',
      ['this.#declaredClasses = output.declaredClasses ?? 0;', 'this.#declaredClasses = 0;'],
    ],
    [
      'the next consumer begins with what is in the buffers',
      'R1.22',
      ['this.#reader.resume(checkpoint);', ''],
    ],
    [
      'a note describes the state before its packet',
      'R1.22',
      ['position: end.value,', 'position: output.position,'],
    ],
  ]),
  ...mutantsOf('actors/consumerd/consumer/machine', [
    ['a consumer that was replaced continues', 'R1.19', ["target: 'yielding'", "target: 'alone'"]],
    [
      'a consumer whose session has another one asks for ten seconds more',
      'R1.19',
      ["{ guard: 'isReplaced', target: 'ended'", "{ guard: 'isReplaced', target: 'alone'"],
    ],
  ]),
];

const SNAPSHOTS = [
  ...mutantsOf('actors/sessiond/session/streams', [
    [
      'memory goes although a snapshot is about to attach it',
      'R1.23',
      ['const mayRemove = !isPinned(context);', 'const mayRemove = true;'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/destroying', [
    [
      'a session ends while snapshots attach',
      'R1.23',
      [
        "guard: and([not('isPinned'), not('hasPending')]), target: 'releasing'",
        "guard: not('hasPending'), target: 'releasing'",
      ],
    ],
    [
      'a session ends while memory is made for it',
      'R1.7',
      [
        "guard: and([not('isPinned'), not('hasPending')]), target: 'releasing'",
        "guard: not('isPinned'), target: 'releasing'",
      ],
    ],
  ]),
  ...mutantsOf('actors/sessiond/client-link/machine', [
    ['a snapshot may attach for ever', 'bounds', ['[SNAPSHOT_ATTACH_MS_MAX]: {', '[1e9]: {']],
  ]),
  ...mutantsOf('actors/sessiond/session/context', [
    [
      'a flight recorder keeps the buffers of all the dead',
      'bounds',
      ['kept.slice(0, excess)', '[]'],
    ],
    [
      'a flight recorder forgets memory that is being made',
      'R1.7',
      ['isReleased === undefined && memory !== undefined', 'isReleased === undefined'],
    ],
    [
      'a flight recorder removes the buffers of those that died last',
      'R1.23',
      ['return kept.slice(0, excess);', 'return excess === 0 ? [] : kept.slice(-excess);'],
    ],
  ]),
  ...mutantsOf('src/recorder/snapshot-copier', [
    [
      'half a snapshot stays',
      'R1.23',
      [
        'const removed = removeTree(this.#world.files, this.#unfinished);',
        'const removed = { ok: true, value: 0 };',
      ],
    ],
    [
      'snapshots that are to have the same place are made in the same directory',
      'R1.23',
      ['`${output}.${world.identity.pid}${UNFINISHED}`', '`${output}${UNFINISHED}`'],
    ],
    [
      'a snapshot has its name before it is durable',
      'R1.23',
      ['found.ok ? syncTree(files, this.#unfinished) : found', '{ ok: true, value: 1 }'],
    ],
    [
      'a snapshot is said to be there before its name is durable',
      'R1.23',
      ['named.ok ? files.syncDirectory(parentOf(this.#output)) : named', 'named'],
    ],
  ]),
];

const RECOVERY = mutantsOf('actors/client/plans/recover', [
  ['recovery ends what is recorded into', 'restart', ['? isQuiet', '? true']],
  [
    'recovery does not wait for those that come back',
    'restart',
    ['const COME_BACK_MS = 1500;', 'const COME_BACK_MS = 0;'],
  ],
  ['recovery leaves what lost its consumer alone', 'restart', ['=> streams > 0 ||', '=>']],
]);

const OWNER_LINES = mutantsOf('src/effects/lock-files', [
  [
    'a note that did not fit into the lock is not written again',
    'R1.7',
    ['this.#world.clock.setTimer(OWNER_LINE_RETRY_MS', 'this.#world.clock.setTimer(1e9'],
  ],
]);

const RECORDS = mutantsOf('src/effects/durable-records', [
  [
    'a record that did not fit is not written again',
    'restart',
    ['this.#world.clock.setTimer(RETRY_MS,', 'this.#world.clock.setTimer(1e9,'],
  ],
  [
    'an unwritten record is not reported',
    'restart',
    ['return this.#owed.get(path)?.error ?? this.#lingering.get(path);', 'return undefined;'],
  ],
]);

export const CONTINUED = [...CONSUMERS, ...SNAPSHOTS, ...RECOVERY, ...OWNER_LINES, ...RECORDS];
