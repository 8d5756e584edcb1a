/** Mutants of the registry: who is served, what sessions wait for, what applications are told. */
import { mutantsOf } from './mutant.ts';

const REGISTRY = [
  ...mutantsOf('actors/registry/context', [
    [
      'the group test is inverted',
      'R1.3',
      ["(place.scope === 'global' && isMember)", "(place.scope === 'global' && !isMember)"],
    ],
    [
      'a user\u2019s registry serves others',
      'R1.4',
      ['peer.uid === place.uid ||', "peer.uid === place.uid || place.scope === 'user' ||"],
    ],
    [
      'every session can be commanded by everybody',
      'R1.6',
      ['return peer.uid === 0 || peer.uid === session.ownerUid;', 'return true;'],
    ],
    [
      'a name finds the session of another user',
      'R1.2',
      ['name === key && ownerUid === peer.uid', 'name === key'],
    ],
    [
      'a UUID finds the session of another user',
      'R1.2',
      ['if (!mayCommand(peer, session))', 'if (session !== byUuid && !mayCommand(peer, session))'],
    ],
    [
      'sessions of others are listed',
      'R1.6',
      ['session.info !== undefined && mayCommand(peer, session)', 'session.info !== undefined'],
    ],
    ['two sessions of a user have one name', 'R1.2', ['if (isTaken)', 'if (false)']],
    [
      'a registry has any number of sessions',
      'bounds',
      ['context.sessions.length + context.creations.length >= SESSIONS_MAX', 'false'],
    ],
    ['a registry has any number of links', 'bounds', ['if (total >= all)', 'if (false)']],
    [
      'one user may have all links',
      'bounds',
      ['if ((counts.get(uid) ?? 0) >= perUser)', 'if (false)'],
    ],
  ]),
  ...mutantsOf('actors/registry/actions', [
    [
      'a consumer attaches to the session of another user',
      'R1.20',
      [
        'findSession(context, peer, sessionUuid)',
        'findSession(context, { ...peer, uid: 0 }, sessionUuid)',
      ],
      ['!isSnapshot && found.value.ownerUid !== peer.uid', 'false'],
    ],
    [
      'an application is told before all sessions have answered',
      'R1.13',
      ['count: context.sessions.length,', 'count: 0,'],
    ],
    [
      'sessions are not told of an application that left',
      'R1.19',
      ["tell(enqueue, system, session, { type: 'app.left', link, hasSaidSo });", ''],
    ],
    [
      'sessions are not told of an application that came',
      'R1.18',
      ["tell(enqueue, system, session, { type: 'app.joined', app });", ''],
    ],
    [
      'a busy session outlives the end of its registry',
      'R1.7',
      ["if (event.info.state === 'destroying')\n        return;", 'return;'],
    ],
  ]),
  ...mutantsOf('actors/registry/opening', [
    [
      'everybody may connect to a user\u2019s registry',
      'R1.4',
      ["mode: place.scope === 'global' ? 0o666 : 0o600,", 'mode: 0o666,'],
    ],
    [
      'everybody may connect to the global registry\u2019s clients',
      'R1.3',
      ['{ mode: 0o660, gid: groupId }', '{ mode: 0o666, gid: groupId }'],
    ],
    [
      'the common pipe is not signalled',
      'R1.16',
      ["enqueue.emit({ type: 'pipe.signal', path: place.pipePath, mode: COMMON_PIPE_MODE });", ''],
    ],
    [
      'the socket of a dead registry stays',
      'R1.5',
      ["enqueue.emit({ type: 'file.remove', path: place.clientPath });", ''],
    ],
    [
      'the segments of a dead registry are not looked for',
      'R1.7',
      ['...(isWhole ? { known: { segments, pipes } } : {}),', ''],
    ],
    [
      'registries before the one before are forgotten',
      'R1.7',
      ["line: [...others, pid].join(' '),", 'line: String(pid),'],
    ],
    [
      'sessions are not told of another group',
      'R1.3',
      ["tell(enqueue, system, session, { type: 'place.changed', place });", ''],
    ],
    [
      'the client socket stays with the group that it was made for',
      'R1.3',
      [
        "enqueue.emit({ type: 'wire.regroup', listener: CLIENT_LISTENER, path, ...clientAccess(place) });",
        '',
      ],
    ],
  ]),
  ...mutantsOf('actors/registry/machine', [
    [
      'SIGTERM ends a registry at once',
      'R1.7',
      ["'process.signalled': 'draining',", "'process.signalled': 'ended',"],
    ],
    [
      'draining does not wait for the sessions',
      'R1.7',
      ["always: { guard: 'hasNoSession', target: 'ended' },", "always: { target: 'ended' },"],
    ],
    ['the sockets of a registry stay', 'R1.5', ["entry: ['unlisten', emit", 'entry: [emit']],
    [
      'a directory that others can write is accepted',
      'R1.5',
      ['isOwnDirectory(event.info, context.place.uid)', "event.info.kind === 'directory'"],
    ],
  ]),
];

const LINKS = [
  ...mutantsOf('actors/app-link/machine', [
    [
      'whoever has no channel of its own is registered',
      'R1.15',
      [
        "'wire.takeFailed': {\n                            target: '#app-link.lost',",
        "'wire.takeFailed': {\n                            target: '#app-link.registered',",
      ],
    ],
    [
      'the registry waits for a handshake for ever',
      'R1.14',
      ['[APP_HANDSHAKE_MS_MAX]: {', '[1e9]: {'],
    ],
    [
      'a state that was never sent can be confirmed',
      'R1.18',
      ['message.revision > context.revision', 'false'],
    ],
    [
      'one confirmation is for all states',
      'R1.18',
      [
        'const done = context.pending.filter(({ revision }) => revision <= message.revision);',
        'const done = context.pending;',
      ],
    ],
    [
      'a state is sent before all sessions have answered',
      'R1.13',
      ['context.missing === 0', 'true'],
    ],
    [
      'an application may lag behind for ever',
      'bounds',
      ['context.pending.length > REVISIONS_PENDING_MAX', 'false'],
    ],
    ['the end of an application is not told', 'R1.19', ["exit: 'tellLost',", '']],
    [
      'the connections of a lost application stay',
      'R1.13',
      ["['closeBoth', 'tellClosed']", "['tellClosed']"],
    ],
  ]),
  ...mutantsOf('actors/client-link/machine', [
    ['strangers are served', 'R1.3', ['context.isAllowed &&', '']],
    [
      'a client that says nothing stays',
      'R1.14',
      ["after: { [HELLO_MS_MAX]: { target: 'closed', actions: 'logSilent' } },", ''],
    ],
    [
      'the loss of a consumer is not told',
      'R1.20',
      ["exit: { type: 'tellSession', params: { type: 'consumer.lost' } },", ''],
    ],
    [
      'every version of the protocol is welcome',
      'R1.13',
      ['event.message.major === CONTROL_PROTOCOL_MAJOR', 'true'],
    ],
  ]),
];

const SESSION = [
  ...mutantsOf('actors/session/guards', [
    [
      'a command on a busy session is dropped',
      'session',
      [
        "isOfRecording: ({ event }) => !isOp(event, 'consumer.await')",
        'isOfRecording: () => false',
      ],
    ],
    [
      'a session starts without a consumer',
      'R1.20',
      ["isOp(event, 'session.start') && context.consumer === undefined", 'false'],
    ],
    [
      'nobody waits until applications have applied',
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
  ...mutantsOf('actors/session/machine', [
    [
      'a busy session is started again in between',
      'session',
      [
        "'session.command': { guard: 'isOfRecording', actions: 'refuseBusy' },\n" +
          "                        'app.joined': { actions: ['addApp', { type: 'sendParts', params: " +
          '{ active: false } }] },',
        "'session.command': { guard: 'isStart', target: 'starting', actions: 'holdReply' },\n" +
          "                        'app.joined': { actions: ['addApp', { type: 'sendParts', params: " +
          '{ active: false } }] },',
      ],
    ],
    [
      'stop does not wait for the flush',
      'session',
      [
        "guard: 'needsNoConsumer',\n                                    target: '#session.recording.stopped',",
        "target: '#session.recording.stopped',",
      ],
    ],
    [
      'destroy does not wait for the consumer',
      'R1.7',
      [
        "{ guard: and(['needsNoConsumer', 'isWritten']), target: 'unpinning' },",
        "{ target: 'unpinning' },",
      ],
    ],
    [
      'a registry that ends gives up what nobody is there to write',
      'durability',
      [
        "{ guard: 'isAloneWithData', actions: 'keepForNext' },",
        "{ guard: 'isAloneWithData', actions: ['removeAllStreams', 'tellEnded'] },",
      ],
    ],
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
  ...mutantsOf('actors/session/limits', [
    [
      'a blocked application blocks the user',
      'session',
      ['APPLY_MS_MAX = 1000', 'APPLY_MS_MAX = 1_000_000'],
    ],
  ]),
  ...mutantsOf('actors/session/actions', [
    [
      'an application is told while its streams are being made',
      'R1.13',
      ['params.gone === true || !hasPendingStreams(context.streams, app.link)', 'true'],
    ],
  ]),
  ...mutantsOf('actors/session/consumer', [
    [
      'the consumer is not told to finish',
      'R1.19',
      [
        "askFinish({ context, enqueue, system }) {\n    tellConsumer(enqueue, system, context, { type: 'finish' });",
        'askFinish() {',
      ],
    ],
    [
      'a consumer that joins again is not told of ended streams',
      'restart',
      ['if (stream.ended)', 'if (false)'],
    ],
  ]),
  ...mutantsOf('actors/session/streams', [
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
      'a stream that goes on can be released',
      'R1.7',
      [
        'stream === undefined || !stream.ended || stream.memory === undefined',
        'stream === undefined || stream.memory === undefined',
      ],
    ],
    [
      'the first stream to end takes the wake-up pipe along',
      'R1.21',
      [
        'const isLast = streams.every((other) => other.wakePath !== wakePath);',
        'const isLast = true;',
      ],
    ],
    ['the streams of a dead application go on', 'R1.19', ['{ ...stream, ended: true }', 'stream']],
    ['absent applications that died are not ended', 'restart', ['if (event.isAlive)', 'if (true)']],
    [
      'an application that returns gets other streams',
      'restart',
      ['isWriterOf(stream, app) ?', 'false ?'],
    ],
  ]),
  ...mutantsOf('actors/session/publish', [
    ['states are not written down', 'restart', ['keepRecord(enqueue, { ...context, state });', '']],
  ]),
  ...mutantsOf('actors/session/context', [
    [
      'a rule that is disabled is sent',
      'R2.8',
      ['.filter((rule) => rule.enabled && ', '.filter((rule) => '],
    ],
    [
      'a disabled rule makes streams',
      'R1.18',
      ['channel.rules.some((rule) => rule.enabled && ', 'channel.rules.some((rule) => '],
    ],
    [
      'a rule for one process is for all',
      'R2.8',
      ['return rule.target.pid === app.pid;', 'return true;'],
    ],
    [
      'a rule for one command is for all',
      'R2.8',
      ['return rule.target.name === app.processName;', 'return true;'],
    ],
    [
      'a rule for spawned applications is for all',
      'R1.17',
      ['return app.sessionUuid === sessionUuid;', 'return true;'],
    ],
    [
      'a user\u2019s registry traces others',
      'R1.6',
      ["return context.place.scope === 'global' || app.uid === context.owner.uid;", 'return true;'],
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
  ...mutantsOf('actors/session/changes', [
    ['a disabled rule stays enabled', 'R2.8', ['{ ...rule, enabled: false }', 'rule']],
    [
      'a channel is added twice',
      'R2.8',
      [
        'if (context.channels.some(({ settings }) => settings.name === channel.name))',
        'if (false)',
      ],
    ],
  ]),
];

export const REGISTRY_SIDE = [...REGISTRY, ...LINKS, ...SESSION];
