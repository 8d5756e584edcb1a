/** The registry's end of an application thread as a pure step: its handshake, then its states (R1.13 to R1.15). */

import { expect, it } from 'vitest';
import { appLinkMachine } from '../../../../../actors/sessiond/app-link/machine.ts';
import {
  APP_HANDSHAKE_MS_MAX,
  REVISIONS_PENDING_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import type { AppIdentity, AppLinkInput } from '../../../../../actors/sessiond/messages.ts';
import type { Credentials } from '../../../../../src/port/identity.ts';
import {
  APP_PROTOCOL_MAJOR,
  type AppMessage,
  type SessionPart,
  type StreamGrant,
} from '../../../../../src/wire/app/messages.ts';
import { segmentRef } from '../../../../support/segments.ts';
import { passed, stepsOf, untried } from '../../../../support/step.ts';
import {
  adopt,
  close,
  closed,
  log,
  osError,
  said,
  send,
  tell,
} from '../../../../support/step-events.ts';

const PEER: Credentials = { pid: 40, uid: 1000, gid: 1000 };
const MAIN = 'main';
const OWN = 'own-app-3';
const INPUT: AppLinkInput = {
  link: 'app-3',
  connection: MAIN,
  listener: 'apps',
  peer: PEER,
  registry: 'registry',
};
const APP: AppIdentity = { ...PEER, link: 'app-3', tid: 41, startedAt: 9, processName: 'web' };

const steps = stepsOf(appLinkMachine);

const helloOf = (major: number) => said(MAIN, { type: 'hello', major, minor: 0 });
const registering = (more: object = {}) =>
  said(MAIN, { type: 'register', token: 'f00d', processName: 'web', tid: 41, ...more });
const threadChecked = (isMissing: boolean) =>
  ({ type: 'process.threadChecked', pid: APP.pid, tid: APP.tid, isMissing }) as const;
const taken = { type: 'wire.socketClaimed', connection: OWN, startedAt: 9 } as const;
const listed = (...uuids: string[]) => ({ type: 'sessions.listed', uuids }) as const;
const says = (message: AppMessage) => said(OWN, message);
const partOf = (uuid: string): SessionPart => ({ uuid, active: true, channels: [] });
/** A session sends its part. */
const wants = (uuid: string, version: number, part: SessionPart | undefined = partOf(uuid)) =>
  ({
    type: 'part.changed',
    session: `session-${uuid}`,
    sessionUuid: uuid,
    version,
    part,
  }) as const;
const gone = (uuid: string, version: number) => ({ ...wants(uuid, version), part: undefined });

/** The events that lead to a state. */
const REGISTERING = [helloOf(APP_PROTOCOL_MAJOR)] as const;
const TAKING = [...REGISTERING, registering()] as const;
const COLLECTING = [...TAKING, taken, threadChecked(false)] as const;
const CHOOSING = [...COLLECTING, listed('a', 'b')] as const;
const TRACING = [...COLLECTING, listed()] as const;
const LOST = [...TRACING, closed(OWN)] as const;

const cutOff = (reason: string) => log('peer.cutOff', { cause: 'protocol', reason, ...PEER });
const linkClosed = tell('registry', {
  type: 'link.closed',
  link: 'app-3',
  kind: 'app',
  uid: PEER.uid,
});
const appLost = (hasSaidSo = false) =>
  tell('registry', { type: 'app.lost', link: 'app-3', hasSaidSo });
const state = (revision: number, uuids: readonly string[], more?: true) =>
  send(OWN, {
    type: 'state',
    revision,
    sessions: uuids.map(partOf),
    ...(more === undefined ? {} : { more }),
  });
const applied = (uuid: string, version: number) =>
  tell(`session-${uuid}`, { type: 'app.applied', link: 'app-3', version });
const tracing = (...effects: object[]) => ({ value: { registered: 'tracing' }, effects });
const lost = (...effects: object[]) => ({
  value: 'lost',
  effects: [...effects, close(MAIN), close(OWN), linkClosed],
});

it('allows ten seconds for the whole handshake, like the library (R1.14)', () => {
  expect(steps(INPUT)).toEqual({
    value: { handshaking: 'greeting' },
    effects: [adopt(MAIN)],
    delays: [APP_HANDSHAKE_MS_MAX],
  });
});

it('welcomes a library of its own version (R1.13)', () => {
  expect(steps(INPUT, ...REGISTERING)).toEqual({
    value: { handshaking: 'registering' },
    effects: [send(MAIN, { type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 })],
  });
});

it('takes the channel that comes with the registration, from that peer alone (R1.15)', () => {
  const take = {
    type: 'wire.claimSocket',
    connection: OWN,
    listener: 'apps',
    token: 'f00d',
    from: PEER,
    protocol: 'channel.registry',
  };
  expect(steps(INPUT, ...TAKING)).toEqual({
    value: { handshaking: 'registering' },
    effects: [take],
  });
});

it.each([
  ['its credentials from the kernel', {}],
  ['the session that it was spawned for (R1.17)', { sessionUuid: 'a-session' }],
  ['the incarnation of its thread', { incarnation: '5' }],
])('introduces the application to the registry, with %s', (_, more) => {
  expect(steps(INPUT, ...REGISTERING, registering(more), taken, threadChecked(false))).toEqual({
    value: { registered: 'collecting' },
    effects: [
      send(MAIN, { type: 'registered' }),
      close(MAIN),
      adopt(OWN),
      tell('registry', { type: 'app.registered', app: { ...APP, ...more } }),
    ],
  });
});

it('checks that the process has the thread that it registers', () => {
  expect(steps(INPUT, ...TAKING, taken)).toEqual({
    value: { handshaking: 'verifying' },
    effects: [{ type: 'process.checkThread', pid: APP.pid, tid: APP.tid }],
  });
});

const otherMajor = APP_PROTOCOL_MAJOR + 1;
it.each([
  [
    'of another version',
    [helloOf(otherMajor)],
    `the registry has protocol version ${APP_PROTOCOL_MAJOR}, the library version ${otherMajor}`,
  ],
  ['whose first message is not hello', [registering()], 'the first message was not hello'],
  [
    'that greets twice',
    [...REGISTERING, helloOf(APP_PROTOCOL_MAJOR)],
    'the message after hello was not register',
  ],
  [
    'whose channel did not arrive',
    [...TAKING, { type: 'wire.claimSocketFailed', connection: OWN, error: osError('ENOENT', OWN) }],
    'the registry received no channel with this token (ENOENT)',
  ],
  [
    'that names a thread which its process does not have',
    [...TAKING, taken, threadChecked(true)],
    `process ${APP.pid} has no thread ${APP.tid}`,
  ],
] as const)('refuses a library %s, and says why (R1.13)', (_, events, reason) => {
  expect(steps(INPUT, ...events)).toEqual(
    lost(send(MAIN, { type: 'refused', reason }), cutOff(reason)),
  );
});

it('cuts off a library that does not register in time', () => {
  expect(steps(INPUT, ...TAKING, passed(APP_HANDSHAKE_MS_MAX))).toEqual(
    lost(cutOff('did not register in time')),
  );
});

it('forgets a library that leaves during the handshake', () => {
  expect(steps(INPUT, ...REGISTERING, closed(MAIN))).toEqual(lost());
});

it('does not take the part of a later session for that of one that it waits for', () => {
  expect(steps(INPUT, ...CHOOSING, wants('a', 1), wants('later', 1))).toEqual({
    value: { registered: 'choosing' },
    effects: [],
  });
});

it('sends nothing until every session has sent its part', () => {
  expect(steps(INPUT, ...CHOOSING, wants('a', 1))).toEqual({
    value: { registered: 'choosing' },
    effects: [],
  });
  expect(steps(INPUT, ...CHOOSING, wants('a', 1), wants('a', 2)).effects).toEqual([]);
  expect(steps(INPUT, ...CHOOSING, wants('a', 1), wants('b', 1))).toEqual(
    tracing(state(1, ['a', 'b'])),
  );
});

it('sends an empty state when there is no session', () => {
  expect(steps(INPUT, ...TRACING)).toEqual(tracing(state(1, [])));
});

it('sends the whole state whenever a session changes its part', () => {
  expect(steps(INPUT, ...TRACING, wants('a', 1), wants('b', 1))).toEqual(
    tracing(state(3, ['a', 'b'])),
  );
});

it('sends the removal of a session once', () => {
  expect(steps(INPUT, ...TRACING, wants('a', 1), gone('a', 2))).toEqual(tracing(state(3, [])));
  const events = [
    wants('a', 1),
    gone('a', 2),
    wants('b', 1),
    says({ type: 'applied', revision: 4 }),
  ];
  expect(steps(INPUT, ...TRACING, ...events)).toEqual(tracing(applied('a', 2), applied('b', 1)));
});

it('sends a large state in several messages', () => {
  const rules = Array.from({ length: 500 }, () => ({ pattern: 'x'.repeat(200), logLevelMax: 14 }));
  const stream: StreamGrant = {
    streamId: 0,
    dataSegment: segmentRef(1),
    positionSegment: segmentRef(2),
    shape: { subbufferBytes: 4096, subbufferCount: 4, overwrite: false },
    wakePath: '/wake',
  };
  const large = { ...partOf('a'), channels: [{ name: 'default', stream, rules }] };
  const { effects } = steps(INPUT, ...CHOOSING, wants('a', 1, large), wants('b', 1));
  expect(effects).toEqual([
    send(OWN, { type: 'state', revision: 1, sessions: [large], more: true }),
    send(OWN, { type: 'state', revision: 1, sessions: [partOf('b')] }),
  ]);
});

it('reports to each session the version that the application has applied last', () => {
  const events = [wants('a', 1), wants('b', 1), wants('a', 2)] as const;
  expect(steps(INPUT, ...TRACING, ...events, says({ type: 'applied', revision: 3 }))).toEqual(
    tracing(applied('a', 1), applied('b', 1)),
  );
  expect(steps(INPUT, ...TRACING, ...events, says({ type: 'applied', revision: 4 }))).toEqual(
    tracing(applied('a', 2), applied('b', 1)),
  );
});

it('reports the tracepoints of the application to the registry', () => {
  const defined = [{ name: 'a:b', logLevel: 14, fields: '' }];
  expect(steps(INPUT, ...TRACING, says({ type: 'tracepoints', defined }))).toEqual(
    tracing(tell('registry', { type: 'app.announced', link: 'app-3', defined })),
  );
});

it('reports that an application cannot record, and sends it no more states', () => {
  const reason = 'the program runs with --no-addons';
  const unable = [...TRACING, wants('a', 1), says({ type: 'unable', reason })] as const;
  const nothing = { value: { registered: 'unable' }, effects: [] };
  expect(steps(INPUT, ...unable)).toEqual({
    ...nothing,
    effects: [tell('registry', { type: 'app.unable', link: 'app-3', reason })],
  });
  expect(steps(INPUT, ...unable, wants('b', 1))).toEqual(nothing);
  expect(steps(INPUT, ...unable, says({ type: 'tracepoints', defined: [] })).effects).toEqual([
    tell('registry', { type: 'app.announced', link: 'app-3', defined: [] }),
  ]);
  expect(steps(INPUT, ...unable, closed(OWN))).toEqual(lost(appLost()));
});

it('reports whether an application has left by itself or was lost', () => {
  expect(steps(INPUT, ...LOST)).toEqual(lost(appLost()));
  expect(steps(INPUT, ...TRACING, says({ type: 'leaving' }))).toEqual(tracing());
  expect(steps(INPUT, ...TRACING, says({ type: 'leaving' }), closed(OWN))).toEqual(
    lost(appLost(true)),
  );
});

/** States that are sent and never applied; the first is the empty one. */
const unapplied = (count: number) =>
  Array.from({ length: count - 1 }, (_, index) => wants('a', index + 1));

it(`lets an application be ${REVISIONS_PENDING_MAX} states behind`, () => {
  const most = [...TRACING, ...unapplied(REVISIONS_PENDING_MAX)];
  expect(steps(INPUT, ...most)).toEqual(tracing(state(REVISIONS_PENDING_MAX, ['a'])));
});

it('cuts off an application that is further behind', () => {
  const revision = REVISIONS_PENDING_MAX + 1;
  expect(steps(INPUT, ...TRACING, ...unapplied(revision))).toEqual(
    lost(state(revision, ['a']), appLost(), cutOff('did not apply the pending states')),
  );
});

it('cuts off an application that has applied a state that was never sent', () => {
  expect(steps(INPUT, ...TRACING, says({ type: 'applied', revision: 2 }))).toEqual(
    lost(appLost(), cutOff('reported a state as applied that was not sent')),
  );
});

it('ignores events of the connection of the handshake', () => {
  expect(steps(INPUT, ...TRACING, closed(MAIN))).toEqual(tracing());
  expect(steps(INPUT, ...TRACING, registering())).toEqual(tracing());
});

it('ignores the part of a session while it is not ready for it', () => {
  expect(steps(INPUT, ...TAKING, wants('a', 1))).toEqual({
    value: { handshaking: 'registering' },
    effects: [],
  });
  expect(steps(INPUT, ...COLLECTING, wants('a', 1))).toEqual({
    value: { registered: 'collecting' },
    effects: [],
  });
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(appLinkMachine)).toEqual([]);
});
