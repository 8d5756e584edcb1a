/** Mutants of sessions: their states, waits and streams, and the states that they send to applications. */
import { mutantsOf } from './mutant.ts';

export const SESSIONS = [
  ...mutantsOf('actors/sessiond/session/guards', [
    [
      'a command on a busy session is dropped',
      'session',
      [
        "isOfRecording: ({ event }) => !isOp(event, 'session.measure')",
        'isOfRecording: () => false',
      ],
    ],
    [
      'a session starts without a consumer',
      'R1.20',
      ["isOp(event, 'session.start') && context.consumer === undefined", 'false'],
    ],
    [
      'no command waits until applications have applied',
      'R1.18',
      [
        'context.apps.every(({ sent, applied, isLagging }) => isLagging || applied >= sent)',
        'true',
      ],
    ],
    [
      'the answer to another flush is taken',
      'session',
      ['event.token === context.flushToken', 'true'],
    ],
    [
      'a session has any number of snapshots at once',
      'bounds',
      ['context.snapshots.length >= SNAPSHOTS_MAX', 'false'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/output', [
    [
      'a consumer that takes over from a dead one gets no link',
      'R3.4',
      [
        "'consumer.opened': [{ guard: 'isDismissed' }, { target: '#session.output.connecting' }]",
        "'consumer.opened': [{ guard: 'isDismissed' }, " +
          '{ guard: ({ context }) => context.outputToken > 0 }, ' +
          "{ target: '#session.output.connecting' }]",
      ],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/recording', [
    [
      'a busy session is started again in between',
      'session',
      [
        "'session.command': { guard: 'isOfRecording', actions: 'refuseBusy' },\n    'app.joined': resting",
        "'session.command': { guard: 'isStart', target: 'starting', actions: 'holdReply' },\n    'app.joined': resting",
      ],
    ],
    [
      'a paused session records',
      'R1.29',
      [
        "{ type: 'publish', params: { state: 'pausing' } },\n" +
          "                { type: 'sendParts', params: { active: false } },",
        "{ type: 'publish', params: { state: 'pausing' } },\n" +
          "                { type: 'sendParts', params: { active: true } },",
      ],
    ],
    [
      'stop does not wait for the flush',
      'session',
      [
        "guard: 'needsNoConsumer',\n                            target: '#session.recording.stopped',",
        "target: '#session.recording.stopped',",
      ],
    ],
    [
      'a registry that ends abandons data without a consumer',
      'durability',
      [
        "{ guard: 'mustKeep', actions: 'keepForNext' },",
        "{ guard: 'mustKeep', actions: ['removeAllStreams', 'tellEnded'] },",
      ],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/destroying', [
    [
      'destroy does not wait for the consumer',
      'R1.7',
      ["{ guard: 'needsNoConsumer', target: 'unpinning' },", "{ target: 'unpinning' },"],
    ],
    [
      'a session is destroyed although its events are not written',
      'R1.7',
      ["guard: 'keepsUnwritten',", 'guard: () => false,'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/machine', [
    [
      'a second consumer is accepted',
      'R1.19',
      ["{ guard: 'takesNoConsumer', actions: 'refuseConsumer' },", ''],
    ],
    [
      'absent applications are looked for once',
      'restart',
      ["after: { absentRest: { target: 'looking', reenter: true, actions: 'restLonger' } },", ''],
    ],
  ]),
  ...mutantsOf('actors/sessiond/limits', [
    [
      'a blocked application blocks the user',
      'session',
      ['APPLY_MS_MAX = 1000', 'APPLY_MS_MAX = 1_000_000'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/parts', [
    [
      'an application gets a state while its streams are being created',
      'R1.13',
      ['mayWait(traced) && hasPendingStreams(context.streams, traced.app.link)', 'false'],
    ],
    [
      'an application whose next buffers are not recorded yet records on after a stop',
      'R1.19',
      ['params.active || sent === 0', 'true'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/consumer', [
    [
      'the consumer is not asked to finish',
      'R1.19',
      ["tellToWrite({ context, enqueue }, { type: 'finish', ...lastArchiveOf(context) });", ''],
    ],
    [
      'a consumer that joins again does not learn of ended streams',
      'restart',
      ['if (isOver(context, stream))', 'if (false)'],
    ],
    [
      "root is asked to start the consumer of a user's session",
      'R1.20',
      ['uid === owner.uid', 'true'],
    ],
    [
      'a consumer that was stopped opens late',
      'R2.10',
      ['consumer === undefined || isDismissed)', 'consumer === undefined)'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/streams', [
    [
      'the segments of a session stay',
      'R1.7',
      ["enqueue.emit({ type: 'memory.removeStream', ...memory, wakePath });", ';'],
    ],
    [
      'the segments of an ended stream stay',
      'R1.7',
      [
        "enqueue.emit({ type: 'memory.removeStream', ...memory, ...(isLast ? { wakePath } : {}) });",
        '',
      ],
    ],
    [
      'a stream that has not ended can be released',
      'R1.7',
      [
        'stream === undefined || !isOver(context, stream) || stream.memory === undefined',
        'stream === undefined || stream.memory === undefined',
      ],
    ],
    [
      'the first stream to end takes the wake-up pipe along',
      'R1.21',
      ['const isLast = !wakePaths.has(wakePath);', 'const isLast = true;'],
    ],
    ['the streams of a dead application go on', 'R1.19', ['{ ...stream, ended: true }', 'stream']],
  ]),
  ...mutantsOf('actors/sessiond/session/threads', [
    [
      'absent applications that died are not ended',
      'restart',
      ['event.ended.map(nameOf)', ''],
      ['event.ended.filter(({ isWhole }) => isWhole).map(processOf)', ''],
    ],
    [
      'an application that returns gets other streams',
      'restart',
      ['isWriterOf(stream, app) ?', 'false ?'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/publish', [
    ['states are not written down', 'restart', ['keepRecord(enqueue, { ...context, state });', '']],
  ]),
  ...mutantsOf('actors/sessiond/session/channels', [
    [
      'a rule that is disabled is sent',
      'R2.8',
      ['.filter((rule) => rule.enabled && ', '.filter((rule) => '],
    ],
    [
      'a disabled rule makes streams',
      'R1.18',
      ['rulesFor(channel, app, session).length > 0', 'channel.rules.length > 0'],
    ],
    [
      'a rule for one process is for all',
      'R2.8',
      ['return target.pid === app.pid;', 'return true;'],
    ],
    [
      'a rule for one command is for all',
      'R2.8',
      ['return target.name === app.processName;', 'return true;'],
    ],
    [
      'a rule for spawned applications is for all',
      'R1.17',
      ['return app.sessionUuid === sessionUuid;', 'return true;'],
    ],
    ['a disabled channel records', 'R2.6', ['if (disabled === true || ', 'if (']],
    [
      'buffers of a target are those of the channel',
      'R2.6',
      ['return found?.buffers;', 'return undefined;'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/context', [
    [
      'a user\u2019s registry traces others',
      'R1.6',
      [
        "return context.location.scope === 'global' || app.uid === context.owner.uid;",
        'return true;',
      ],
    ],
    [
      'a restored session forgets its streams',
      'restart',
      ['streams: (restored?.streams ?? []).map(', 'streams: [].map('],
    ],
    [
      'a thread that got the numbers of another one gets its streams',
      'restart',
      ['app.incarnation === other.incarnation', 'true'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/changes', [
    [
      'a channel that is enabled again stays disabled',
      'R2.6',
      ['const { disabled: _, ...enabled } = existing;', 'const enabled = existing;'],
    ],
    ['a disabled rule stays enabled', 'R2.8', ['{ ...rule, enabled: false }', 'rule']],
    ['a channel is added twice', 'R2.8', ['if (existing !== undefined) {', 'if (false) {']],
  ]),
];
