/** Mutants of the communication between processes: messages, memory, files, and the programs beside the registry. */
import { mutantsOf } from './mutant.ts';

const WIRE = [
  ...mutantsOf('src/wire/frames', [
    ['a frame may have any length', 'bounds', ['if (length > FRAME_BYTES_MAX)', 'if (false)']],
    [
      'a message is not checked with its schema',
      'bounds',
      [
        'const parsed = v.safeParse(schema, decoded, { abortEarly: true });',
        'const parsed = { success: true, output: decoded, issues: [] };',
      ],
    ],
    [
      'a frame that comes in pieces loses the first ones',
      'frames',
      ['grown.set(this.#buffer.subarray(0, this.#heldBytes));', ''],
    ],
  ]),
  ...mutantsOf('src/wire/confine', [
    [
      'a message may be nested as deep as it likes',
      'bounds',
      ['if (depth > MESSAGE_DEPTH_MAX)', 'if (false)'],
    ],
    ['a message may name prototypes', 'bounds', ['if (FORBIDDEN_KEYS.has(key))', 'if (false)']],
    [
      'a message may have any number of values',
      'bounds',
      ['if (walk.values > MESSAGE_VALUES_MAX)', 'if (false)'],
    ],
  ]),
  ...mutantsOf('src/wire/pages', [
    [
      'the next page begins one too late',
      'pages',
      ['const next = from + page.length;', 'const next = from + page.length + 1;'],
    ],
  ]),
  ...mutantsOf('src/effects/connections/link', [
    [
      'a peer that does not read is sent to without end',
      'bounds',
      ['if (this.#connection.pendingBytes > SEND_QUEUE_BYTES_MAX)', 'if (false)'],
    ],
    [
      'a connection without an owner is not closed',
      'R1.14',
      ['if (!this.#isAdopted)', 'if (!this.#isAdopted) return; if (false)'],
    ],
  ]),
  ...mutantsOf('src/effects/connections/held-bytes', [
    [
      'all peers together may hold any number of bytes',
      'bounds',
      ['if (this.#total <= HELD_BYTES_MAX)', 'if (true)'],
    ],
  ]),
  ...mutantsOf('src/effects/wire', [
    [
      'all users are in the group',
      'R1.3',
      [
        'gid !== undefined && this.#world.users.isMember(peer.uid, peer.gid, gid)',
        'gid !== undefined',
      ],
    ],
  ]),
];

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

const REGISTRATION = [
  ...mutantsOf('actors/library/registration/setup', [
    [
      'a socket file of anybody is trusted',
      'R1.12',
      ['event.info.uid === context.ownerUid', 'true'],
    ],
    ['a listener of anybody is trusted', 'R1.12', ['event.peer.uid === context.ownerUid', 'true']],
    [
      'sockets and listeners of anybody are trusted',
      'R1.12',
      ['event.info.uid === context.ownerUid', 'true'],
      ['event.peer.uid === context.ownerUid', 'true'],
    ],
    [
      'a state in several messages loses all but the last',
      'R1.18',
      [
        'const sessions = [...context.portions, ...message.sessions];',
        'const sessions = [...message.sessions];',
      ],
    ],
  ]),
  ...mutantsOf('actors/library/registration/machine', [
    [
      'the library waits for a handshake for ever',
      'R1.14',
      ["after: { [HANDSHAKE_MS_MAX]: { target: 'waitingOnPipe', actions: 'closeBoth' } },", ''],
    ],
    [
      'the common pipe is awaited after the look',
      'R1.16',
      ["'awaitPipe',", ''],
      ["entry: ['settle', 'rest'],", "entry: ['settle', 'rest', 'awaitPipe'],"],
    ],
    [
      'a signal on the common pipe is ignored',
      'R1.16',
      ["'pipe.signalled': '#registration.probing'", "'pipe.signalled': {}"],
    ],
    [
      'the end of a registration is no reason to look again',
      'R1.16',
      ["actions: ['detach', 'noteSignal'],", "actions: ['detach'],"],
    ],
    [
      'a program waits for the registry that is not there',
      'R1.16',
      ["entry: ['settle', 'rest'],", "entry: 'rest',"],
    ],
  ]),
];

const APPLICATION = mutantsOf('actors/library/application/machine', [
  [
    'a program starts although a registration that its new user needs has not settled',
    'R1.15',
    ['context.settled.filter(stays)', 'context.settled'],
  ],
]);

const CONSUMER = [
  ...mutantsOf('actors/consumerd/consumer/machine', [
    [
      'a consumer does not join the next registry',
      'restart',
      ["target: 'alone', actions: 'logLoss'", "target: 'closing', actions: 'logLoss'"],
    ],
    [
      'a connection that opens too late stays open',
      'restart',
      ["'wire.opened': { actions: 'closeOpened' },", "'wire.opened': {},"],
    ],
    [
      'the end of an earlier connection ends the attempt at the next one',
      'restart',
      [
        "guard: 'isThisConnection', target: '#consumer.ended', actions: 'failToJoin'",
        "target: '#consumer.ended', actions: 'failToJoin'",
      ],
      [
        "and(['isThisConnection', 'hasTrace']), target: '#consumer.alone'",
        "'hasTrace', target: '#consumer.alone'",
      ],
    ],
    [
      'the end of an earlier connection ends a consumer before its last message is sent',
      'R1.19',
      ["guard: 'isThisConnection', target: 'ended' }", "target: 'ended' }"],
    ],
    [
      'a consumer waits out the time of a registry that speaks another version',
      'R1.20',
      [
        "...attemptFailed,\n                ],\n                'wire.closed'",
        "],\n                'wire.closed'",
      ],
    ],
  ]),
  ...mutantsOf('actors/consumerd/consumer/setup', [
    [
      'a consumer talks to a registry of anybody',
      'R1.12',
      [
        '...connectionGuards,',
        '...connectionGuards, isOwnersRegistry: connectionGuards.isThisConnection,',
      ],
    ],
    [
      'a consumer does not say that it has finished',
      'R1.19',
      ["say(context, { type: 'finished' })", "say(context, { type: 'flushed', token: 0 })"],
    ],
    [
      'the end of a stream is ignored',
      'R1.19',
      ["enqueue.emit({ type: 'recorder.endStream', streamId: message.streamId });", ''],
    ],
    [
      'the release of a stream is not told',
      'R1.19',
      ["enqueue.emit(say(context, { type: 'stream.released', streamId }));", ''],
    ],
    [
      'a consumer waits for processes that the next registry does not know',
      'restart',
      ['segments.includes(writer.dataSegment.id)', 'true'],
    ],
    [
      'a consumer leaves applications that live',
      'restart',
      [
        'context.isNeeded || context.looks < CONSUMER_REJOINS_MAX',
        'context.looks < CONSUMER_REJOINS_MAX',
      ],
    ],
  ]),
];

const CLIENT = [
  ...mutantsOf('actors/client/setup', [
    [
      'lttng talks to a registry of anybody',
      'R1.12',
      [
        'guards: { ...connectionGuards, ...guards }',
        'guards: { ...connectionGuards, ...guards, isOwnersRegistry: connectionGuards.isThisConnection }',
      ],
    ],
  ]),
  ...mutantsOf('actors/shared/registry-requests', [
    [
      'an answer to another request is taken',
      'control protocol',
      ['isAnswer && message.id === requestId', 'isAnswer'],
    ],
  ]),
  ...mutantsOf('actors/client/guards', [
    ['lttng brings no consumer', 'R1.20', ["answer.code === 'NO_CONSUMER'", 'false']],
  ]),
];

export const PEERS = [
  ...WIRE,
  ...MEMORY,
  ...FILES,
  ...SHARES,
  ...REGISTRATION,
  ...APPLICATION,
  ...CONSUMER,
  ...CLIENT,
];
