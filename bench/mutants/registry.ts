/** Mutants of the registry and its links: which peers it serves, and which messages it accepts. */
import { mutantsOf } from './mutant.ts';

const REGISTRY = [
  ...mutantsOf('actors/sessiond/registry/context', [
    [
      'the group test is inverted',
      'R1.3',
      ["(location.scope === 'global' && isMember)", "(location.scope === 'global' && !isMember)"],
    ],
    [
      'a user\u2019s registry serves others',
      'R1.4',
      ['peer.uid === location.uid ||', "peer.uid === location.uid || location.scope === 'user' ||"],
    ],
    [
      'every user can command every session',
      'R1.6',
      ['return peer.uid === 0 || peer.uid === session.owner.uid;', 'return true;'],
    ],
    [
      'a name finds the session of another user',
      'R1.2',
      ['name === key && owner.uid === peer.uid', 'name === key'],
    ],
    [
      'a UUID finds the session of another user',
      'R1.2',
      ['if (!mayCommand(peer, session))', 'if (session !== byUuid && !mayCommand(peer, session))'],
    ],
    [
      'sessions of others are listed',
      'R1.6',
      [
        'session.kernelOf !== undefined || !mayCommand(peer, session)',
        'session.kernelOf !== undefined',
      ],
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
  ...mutantsOf('actors/sessiond/registry/links', [
    [
      'a consumer attaches to the session of another user',
      'R1.20',
      [
        'findSession(context, peer, sessionUuid)',
        'findSession(context, { ...peer, uid: 0 }, sessionUuid)',
      ],
      ['!isSnapshot && found.value.owner.uid !== peer.uid', 'false'],
    ],
    [
      'an application is answered before all sessions have answered',
      'R1.13',
      ['uuids: sessions.map(({ uuid }) => uuid),', 'uuids: [],'],
    ],
    [
      'sessions are not notified of an application that left',
      'R1.19',
      ["tell(enqueue, session, { type: 'app.left', link, hasSaidSo });", ''],
    ],
    [
      'sessions are not notified of an application that came',
      'R1.18',
      ["tell(enqueue, session, { type: 'app.joined', app });", ''],
    ],
  ]),
  ...mutantsOf('actors/sessiond/registry/sessions', [
    [
      'a busy session outlives the end of its registry',
      'R1.7',
      [
        "if (info.state === 'destroying' || kernelPartOf(context, info.uuid) !== undefined)\n            return;",
        'return;',
      ],
    ],
  ]),
  ...mutantsOf('actors/sessiond/registry/opening', [
    [
      'all users may connect to a user\u2019s registry',
      'R1.4',
      ["mode: location.scope === 'global' ? 0o666 : 0o600,", 'mode: 0o666,'],
    ],
    [
      'all users may connect to the global registry\u2019s client socket',
      'R1.3',
      ['{ mode: 0o660, gid: groupId }', '{ mode: 0o666, gid: groupId }'],
    ],
    [
      'the common pipe is not signalled',
      'R1.16',
      [
        "enqueue.emit({ type: 'pipe.signal', path: location.pipePath, mode: COMMON_PIPE_MODE });",
        '',
      ],
    ],
    [
      'the socket of a dead registry stays',
      'R1.5',
      ["enqueue.emit({ type: 'file.remove', path: location.clientPath });", ''],
    ],
    [
      'the segments of a dead registry are not looked for',
      'R1.7',
      ['creators: context.creators,', 'creators: [],'],
    ],
    [
      'registries before the one before are forgotten',
      'R1.7',
      ["line: [...others, event.own].join(' '),", 'line: event.own,'],
    ],
    [
      'sessions are not notified of another group',
      'R1.3',
      ["tell(enqueue, session, { type: 'place.changed', location });", ''],
    ],
    [
      'the client socket stays with the group that it was made for',
      'R1.3',
      ["enqueue.emit({ type: 'wire.regroup', listener: CLIENT_LISTENER, path, ...access });", ''],
    ],
  ]),
  ...mutantsOf('actors/sessiond/registry/machine', [
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
      ['isOwnDirectory(event.info, context.location.uid)', "event.info.kind === 'directory'"],
    ],
  ]),
];

const LINKS = [
  ...mutantsOf('actors/sessiond/app-link/machine', [
    [
      'an application without a channel of its own is registered',
      'R1.15',
      [
        "'wire.claimSocketFailed': {\n                            target: '#app-link.lost',",
        "'wire.claimSocketFailed': {\n                            target: '#app-link.registered',",
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
      ['context.missing.length === 0', 'true'],
    ],
    [
      'an application may lag behind for ever',
      'bounds',
      ['context.pending.length > REVISIONS_PENDING_MAX', 'false'],
    ],
    ['the end of an application is not reported', 'R1.19', ["exit: 'tellLost',", '']],
    [
      'the connections of a lost application stay',
      'R1.13',
      ["['closeBoth', 'tellClosed']", "['tellClosed']"],
    ],
  ]),
  ...mutantsOf('actors/sessiond/client-link/machine', [
    [
      'a client asks for any number of answers at once',
      'bounds',
      ['context.unconfirmed.length >= ANSWERS_PENDING_MAX', 'false'],
    ],
    ['strangers are served', 'R1.3', ['context.isAllowed &&', '']],
    [
      'a silent client stays',
      'R1.14',
      ["after: { [HELLO_MS_MAX]: { target: 'closed', actions: 'logSilent' } },", ''],
    ],
    [
      'the loss of a consumer is not reported',
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

export const REGISTRY_SIDE = [...REGISTRY, ...LINKS];
