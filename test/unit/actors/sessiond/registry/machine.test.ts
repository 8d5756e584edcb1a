/**
 * A registry as a pure step (R1.1 to R1.11). This file tests its connections; the other files test its start, its
 * sessions and its end. This file imports them all, so that its last test covers every step.
 */
import './starting.ts';
import './sessions.ts';
import './ending.ts';
import './kernel.ts';
import { expect, it } from 'vitest';
import {
  ALL_LISTED_BYTES_MAX,
  APP_LINKS_MAX,
  APP_LINKS_PER_USER_MAX,
  CLIENT_LINKS_MAX,
  CLIENT_LINKS_PER_USER_MAX,
  LISTED_BYTES_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import type { ClientLinkInput } from '../../../../../actors/sessiond/messages.ts';
import { registryMachine } from '../../../../../actors/sessiond/registry/machine.ts';
import type { Credentials } from '../../../../../src/port/identity.ts';
import type { TracepointInfo } from '../../../../../src/wire/app/messages.ts';
import { encodedBytes } from '../../../../../src/wire/frames.ts';
import { LIST_ENTRIES_MAX } from '../../../../../src/wire/limits.ts';
import { untried } from '../../../../support/step.ts';
import { close, log, send, tell } from '../../../../support/step-events.ts';
import {
  ALICE,
  APP,
  accepted,
  appLost,
  BOB,
  configured,
  creating,
  directoryMade,
  INPUT,
  inspected,
  joining,
  LOCKING,
  made,
  notify,
  PLACE,
  RECORDS,
  ROOT,
  reply,
  requested,
  SERVING,
  SESSION,
  serving,
  startSession,
  steps,
  UUID,
  uuidMade,
} from './words.ts';

const startClient = (peer: Credentials, isAllowed: boolean) => ({
  type: 'actor.start',
  logic: 'client-link',
  id: 'client-0',
  input: {
    link: 'client-0',
    connection: 'wire-1',
    peer,
    registry: 'registry',
    registryPid: 77,
    scope: 'global',
    records: RECORDS,
    isAllowed,
  },
});
const startApp = (index: number) => ({
  type: 'actor.start',
  logic: 'app-link',
  id: `app-${index}`,
  input: {
    link: `app-${index}`,
    connection: 'wire-1',
    listener: 'apps',
    peer: ALICE,
    registry: 'registry',
  },
});
const turnedAway = (peer: Credentials, message: object, limit: object) => [
  send('wire-1', message),
  close('wire-1'),
  log('registry.connectionRefused', { ...limit, pid: peer.pid, uid: peer.uid }),
];

it.each([
  ['root', ROOT, false, true],
  ['a member of the group', ALICE, true, true],
  ['another user', ALICE, false, false],
])('decides whether a client may use a global registry: %s (R1.3)', (_, peer, isMember, is) => {
  expect(steps(INPUT, ...SERVING, accepted('clients', peer, isMember))).toEqual(
    serving(startClient(peer, is)),
  );
});

it('lets only its own user and root use a user registry (R1.4)', () => {
  const place = { ...PLACE, scope: 'user' as const, uid: ALICE.uid };
  const input = { ...INPUT, location: place };
  const ours = inspected({ uid: ALICE.uid });
  const start = [directoryMade, ours, ...SERVING.slice(LOCKING.length)] as const;
  const isAllowed = (peer: Credentials): unknown => {
    const [effect] = steps(input, ...start, accepted('clients', peer, true)).effects;
    return (effect as { readonly input?: ClientLinkInput } | undefined)?.input?.isAllowed;
  };
  expect([ALICE, BOB, ROOT].map(isAllowed)).toEqual([true, false, true]);
});

it('greets any application, each with a link of its own (R1.5)', () => {
  expect(steps(INPUT, ...SERVING, accepted('apps', ALICE))).toEqual(serving(startApp(0)));
  const second = [accepted('apps', ALICE), accepted('apps', ALICE)] as const;
  expect(steps(INPUT, ...SERVING, ...second)).toEqual(serving(startApp(1)));
});

/** Users who each open the maximum of connections to the socket. */
const crowd = (listener: 'clients' | 'apps', users: number, perUser: number) =>
  Array.from({ length: users }, (_, user) =>
    Array.from({ length: perUser }, () => accepted(listener, { ...ALICE, uid: 2000 + user })),
  ).flat();

const linkClosed = (uid: number) =>
  ({ type: 'link.closed', link: 'client-0', kind: 'client', uid }) as const;

it(`gives one user ${CLIENT_LINKS_PER_USER_MAX} connections, and another one to others only`, () => {
  const most = [...SERVING, ...crowd('clients', 1, CLIENT_LINKS_PER_USER_MAX - 1)];
  const hog = { ...ALICE, uid: 2000 };
  expect(steps(INPUT, ...most, accepted('clients', hog)).effects).toMatchObject([
    { type: 'actor.start' },
  ]);
  const all = [...most, accepted('clients', hog)];
  const reason = 'the registry has too many connections';
  const limit = { 'client-links-per-user-max': CLIENT_LINKS_PER_USER_MAX };
  expect(steps(INPUT, ...all, accepted('clients', hog)).effects).toEqual(
    turnedAway(hog, { type: 'refused', code: 'LIMIT', reason }, limit),
  );
  expect(steps(INPUT, ...all, accepted('clients', ALICE)).effects).toMatchObject([
    { type: 'actor.start' },
  ]);
  expect(steps(INPUT, ...all, linkClosed(2000), accepted('clients', hog)).effects).toMatchObject([
    { type: 'actor.start' },
  ]);
});

it(`takes ${CLIENT_LINKS_MAX} connections of all clients together`, () => {
  const users = CLIENT_LINKS_MAX / CLIENT_LINKS_PER_USER_MAX;
  const all = [...SERVING, ...crowd('clients', users, CLIENT_LINKS_PER_USER_MAX)];
  const limit = { 'client-links-max': CLIENT_LINKS_MAX };
  expect(steps(INPUT, ...all, accepted('clients', ALICE)).effects.at(-1)).toEqual(
    log('registry.connectionRefused', { ...limit, pid: ALICE.pid, uid: ALICE.uid }),
  );
  expect(steps(INPUT, ...all, linkClosed(2000), accepted('clients', ALICE)).effects).toMatchObject([
    { type: 'actor.start' },
  ]);
});

it(`gives the applications of one user ${APP_LINKS_PER_USER_MAX} connections`, () => {
  const most = [...SERVING, ...crowd('apps', 1, APP_LINKS_PER_USER_MAX)];
  const hog = { ...ALICE, uid: 2000 };
  const message = { type: 'refused', reason: 'the registry has too many connections' };
  const limit = { 'app-links-per-user-max': APP_LINKS_PER_USER_MAX };
  expect(steps(INPUT, ...most, accepted('apps', hog)).effects).toEqual(
    turnedAway(hog, message, limit),
  );
});

it(`takes ${APP_LINKS_MAX} connections of all applications together`, () => {
  const users = APP_LINKS_MAX / APP_LINKS_PER_USER_MAX;
  const all = [...SERVING, ...crowd('apps', users, APP_LINKS_PER_USER_MAX)];
  const limit = { 'app-links-max': APP_LINKS_MAX };
  expect(steps(INPUT, ...all, accepted('apps', ALICE)).effects.at(-1)).toEqual(
    log('registry.connectionRefused', { ...limit, pid: ALICE.pid, uid: ALICE.uid }),
  );
});

it('introduces an application to each session, and sends it the number of sessions', () => {
  expect(steps(INPUT, ...SERVING, ...joining())).toEqual(
    serving(tell(APP.link, { type: 'sessions.listed', uuids: [] })),
  );
  expect(steps(INPUT, ...SERVING, ...made(ALICE, 'web'), ...joining())).toEqual(
    serving(
      tell(APP.link, { type: 'sessions.listed', uuids: [UUID] }),
      tell(SESSION, { type: 'app.joined', app: APP }),
    ),
  );
});

it('gives a new session the list of applications', () => {
  const events = [...joining(), creating(ALICE, 'web'), uuidMade(UUID)] as const;
  expect(steps(INPUT, ...SERVING, ...events)).toEqual(
    serving(startSession(ALICE, 'web', UUID, { apps: [APP] })),
  );
  expect(steps(INPUT, ...SERVING, ...joining(), appLost, ...events.slice(2))).toEqual(
    serving(startSession(ALICE, 'web', UUID)),
  );
});

it('tells each session that an application is lost', () => {
  expect(steps(INPUT, ...SERVING, ...made(ALICE, 'web'), ...joining(), appLost)).toEqual(
    serving(tell(SESSION, { type: 'app.left', link: APP.link, hasSaidSo: false })),
  );
});

const LIST_APPS = requested(ALICE, { op: 'app.list', from: 0 });
const announced = (...names: string[]) =>
  ({
    type: 'app.announced',
    link: APP.link,
    defined: names.map((name) => ({ name, logLevel: 14, fields: '' })),
  }) as const;
const listed = (...names: string[]) => {
  const { pid, tid, uid, processName } = APP;
  const tracepoints = names.map((name) => ({ name, logLevel: 14, fields: '' }));
  return serving(reply({ apps: [{ pid, tid, uid, processName, tracepoints }] }));
};

const UNABLE = 'the program runs with --no-addons';
const unable = { type: 'app.unable', link: APP.link, reason: UNABLE } as const;

it('ends the streams of a thread that cannot record, and says why', () => {
  const { pid, tid, uid, processName: name } = APP;
  const fields = { pid, tid, uid, name, reason: UNABLE };
  const events = [...made(ALICE, 'web'), ...joining(), unable] as const;
  expect(steps(INPUT, ...SERVING, ...events)).toEqual(
    serving(
      log('registry.threadUnable', fields),
      tell(SESSION, { type: 'app.left', link: APP.link, hasSaidSo: true, unable: UNABLE }),
    ),
  );
  expect(steps(INPUT, ...SERVING, ...events, unable)).toEqual(serving());
  expect(steps(INPUT, ...SERVING, unable)).toEqual(serving());
});

it('gives a later session no thread that cannot record', () => {
  const { pid, tid, uid, processName } = APP;
  const starting = made(ALICE, 'web').slice(0, -1);
  const { effects } = steps(INPUT, ...SERVING, ...joining(), unable, ...starting);
  expect(effects).toContainEqual(startSession(ALICE, 'web', UUID));
  expect(steps(INPUT, ...SERVING, ...joining(), unable, LIST_APPS)).toEqual(
    serving(reply({ apps: [{ pid, tid, uid, processName, tracepoints: [], unable: UNABLE }] })),
  );
});

it('lists applications with the tracepoints that they have announced (R2.2)', () => {
  expect(steps(INPUT, ...SERVING, ...joining(), announced('a', 'b'))).toEqual(serving());
  const events = [...joining(), announced('a', 'b'), announced('c'), LIST_APPS] as const;
  expect(steps(INPUT, ...SERVING, ...events)).toEqual(listed('a', 'b', 'c'));
});

it(`lists ${LIST_ENTRIES_MAX} tracepoints of an application, and no more`, () => {
  const names = Array.from({ length: LIST_ENTRIES_MAX + 1 }, (_, index) => `${index}`);
  const events = [...joining(), announced(...names), LIST_APPS] as const;
  expect(steps(INPUT, ...SERVING, ...events)).toEqual(listed(...names.slice(0, -1)));
});

/** A tracepoint of this many bytes in a list. */
const tracepointOf = (bytes: number): TracepointInfo => {
  const info = { name: 'a', logLevel: 14, fields: 'x'.repeat(1000) };
  return { ...info, fields: 'x'.repeat(bytes - encodedBytes(info) + 1000) };
};
const announcedBy = (link: string, ...defined: TracepointInfo[]) =>
  ({ type: 'app.announced', link, defined }) as const;

it(`lists tracepoints of ${LISTED_BYTES_MAX} bytes of an application, and no more`, () => {
  const most = tracepointOf(LISTED_BYTES_MAX);
  const listedOf = (info: TracepointInfo) =>
    steps(INPUT, ...SERVING, ...joining(), announcedBy(APP.link, info), LIST_APPS).effects;
  expect(listedOf(most)).toMatchObject([{ event: { value: { apps: [{ tracepoints: [most] }] } } }]);
  expect(listedOf(tracepointOf(LISTED_BYTES_MAX + 1))).toEqual(listed().effects);
});

it(`lists tracepoints of ${ALL_LISTED_BYTES_MAX} bytes of all applications, and no more`, () => {
  const count = ALL_LISTED_BYTES_MAX / LISTED_BYTES_MAX;
  const most = tracepointOf(LISTED_BYTES_MAX);
  const announcing = (index: number, info: TracepointInfo) => [
    ...joining({ ...APP, link: `app-${index}` }),
    announcedBy(`app-${index}`, info),
  ];
  const all = Array.from({ length: count }, (_, index) => announcing(index, most)).flat();
  const more = announcing(count, tracepointOf(1100));
  const lastPage = requested(ALICE, { op: 'app.list', from: count - 1 });
  expect(steps(INPUT, ...SERVING, ...all, ...more, lastPage).effects).toMatchObject([
    { event: { value: { apps: [{ tracepoints: [most] }, { tracepoints: [] }] } } },
  ]);
});

it('lists applications a page at a time', () => {
  const apps = Array.from({ length: 3 }, (_, index) =>
    joining({ ...APP, link: `app-${index}`, processName: 'x'.repeat(40_000) }),
  ).flat();
  const [page] = steps(INPUT, ...SERVING, ...apps, LIST_APPS).effects;
  expect(page).toMatchObject({ event: { value: { apps: [{}, {}], next: 2 } } });
  const rest = requested(ALICE, { op: 'app.list', from: 2 });
  const [last] = steps(INPUT, ...SERVING, ...apps, rest).effects;
  expect(last).toMatchObject({ event: { value: { apps: [{}] } } });
  expect(last).not.toHaveProperty('event.value.next');
});

const readAgain = (group: number | undefined) => log('configuration.reloaded', { group });
const regroup = (access: object) => ({
  type: 'wire.regroup',
  listener: 'clients',
  path: PLACE.clientPath,
  ...access,
});

it('changes its group when its configuration does (R1.3)', () => {
  const place = { ...PLACE, groupId: 600 };
  expect(steps(INPUT, ...SERVING, ...made(ALICE, 'web'), configured(600))).toEqual(
    serving(
      notify('reloading'),
      readAgain(600),
      regroup({ mode: 0o660, gid: 600 }),
      tell(SESSION, { type: 'place.changed', location: place }),
      notify('ready'),
    ),
  );
});

it('serves root alone when its configuration names no group any more', () => {
  expect(steps(INPUT, ...SERVING, configured(undefined)).effects).toContainEqual(
    regroup({ mode: 0o600 }),
  );
});

it('changes nothing when its configuration is unchanged, and announces nothing unless it serves', () => {
  expect(steps(INPUT, ...SERVING, configured(500))).toEqual(
    serving(notify('reloading'), readAgain(500), notify('ready')),
  );
  expect(steps(INPUT, ...LOCKING, configured(500)).effects).toEqual([readAgain(500)]);
});

it('ignores the removal of its stale sockets', () => {
  const removed = { type: 'file.removed', path: PLACE.appPath } as const;
  expect(steps(INPUT, ...SERVING, removed)).toEqual(serving());
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(registryMachine)).toEqual([]);
});
