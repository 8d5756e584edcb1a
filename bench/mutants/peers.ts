/** Mutants of the communication between processes: messages, and the programs beside the registry. */
import { mutantsOf } from './mutant.ts';
import { RESOURCES } from './resources.ts';

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
  ...mutantsOf('src/wire/frames', [
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

const REGISTRATION = [
  ...mutantsOf('actors/library/registration/setup', [
    [
      'a thread does not say that it cannot attach its buffers',
      'R1.18',
      ['refused.length === 0 ? {}', 'true ? {}'],
    ],
    [
      'a socket file of anybody is trusted',
      'R1.12',
      ['event.info.uid === context.ownerUid', 'true'],
    ],
    [
      'a directory that others may change is trusted',
      'R1.12',
      ['isOwnDirectory(event.info, 0)', 'true'],
    ],
    [
      'sockets and listeners of anybody are trusted',
      'R1.12',
      ['event.info.uid === context.ownerUid', 'true'],
      ['event.peer.uid === context.ownerUid', 'true'],
    ],
    [
      'without a signal a wait on the common pipe lasts a minute',
      'R1.16',
      ['context.isTurnedAway ? TURNED_AWAY_MS : PIPE_WAIT_MS_MAX', 'TURNED_AWAY_MS'],
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
      ["'beginAttempt', 'awaitPipe'", "'beginAttempt'"],
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
      ["target: 'alone', actions: 'noteLoss'", "target: 'closing', actions: 'noteLoss'"],
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
      [
        "say(context, { type: 'finished', ...outcome })",
        "say(context, { type: 'flushed', token: 0 })",
      ],
    ],
    [
      'the end of a stream is ignored',
      'R1.19',
      ["return { type: 'recorder.endStream', streamId: message.streamId };", 'return undefined;'],
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
  ...mutantsOf('actors/programs/client', [
    [
      'a command dies of the end of its terminal',
      'R2.13',
      ["['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']", "['SIGINT', 'SIGQUIT', 'SIGTERM']"],
    ],
  ]),
];

export const PEERS = [
  ...WIRE,
  ...RESOURCES,
  ...REGISTRATION,
  ...APPLICATION,
  ...CONSUMER,
  ...CLIENT,
];
