/** Invariants of a session: each one, violated alone. */
import { expect, it } from 'vitest';
import { AWAITING_MAX } from '../../../../../actors/sessiond/limits.ts';
import {
  initialContext,
  type SessionContext,
  type Stream,
  tracedApp,
} from '../../../../../actors/sessiond/session/context.ts';
import { checkSession } from '../../../../../actors/sessiond/session/invariants.ts';
import type { Place } from '../../../../../actors/sessiond/session/place.ts';

const APP = { link: 'app-0', pid: 1, tid: 1, startedAt: 1, uid: 1, gid: 1, processName: 'web' };
const STREAM: Stream = { streamId: 0, channel: 'default', app: APP, wakePath: '/w', ended: true };
const CONSUMER = { link: 'client-0', pid: 2, gid: 1000, isOpen: true };
const REPLY = { link: 'client-1', id: 1, uid: 1000 };

const SESSION = initialContext({
  session: 's',
  registry: 'r',
  location: {
    scope: 'user',
    directory: '/',
    directoryMode: 0o700,
    clientPath: '/c',
    appPath: '/a',
    pipePath: '/p',
    uid: 1,
  },
  name: 'web',
  uuid: 'u',
  owner: { uid: 1, gid: 1 },
  output: '/o',
  isFlightRecorder: false,
  apps: [],
});

const PLACE = SESSION.place;
const AT_RELAY: Place = {
  ...PLACE,
  destination: { control: 'tcp://a:1', data: 'tcp://a:2' },
  present: 'relay',
};

it('holds of a new session, and of one in the middle of its work', () => {
  expect(() => checkSession(SESSION, SESSION)).not.toThrow();
  expect(() =>
    checkSession(
      {
        ...SESSION,
        state: 'stopping',
        answering: [REPLY],
        consumer: { ...CONSUMER, isOpen: false },
        isDismissed: true,
        dismissing: [REPLY],
        owesFlush: true,
        version: 2,
        apps: [{ ...tracedApp(APP), sent: 2, applied: 1, isLagging: true }],
        nextStreamId: 1,
        streams: [{ ...STREAM, isReleased: true }],
        snapshots: [{ link: 'client-2', isAttached: false }],
      },
      SESSION,
    ),
  ).not.toThrow();
});

const BROKEN: readonly [rule: string, changes: Partial<SessionContext>][] = [
  ['applied-what-was-sent', { version: 2, apps: [{ ...tracedApp(APP), sent: 1, applied: 2 }] }],
  ['applied-what-was-sent', { version: 1, apps: [{ ...tracedApp(APP), sent: 2 }] }],
  ['laggard-is-behind', { apps: [{ ...tracedApp(APP), isLagging: true }] }],
  ['own-link', { apps: [tracedApp(APP), tracedApp({ ...APP, pid: 2 })] }],
  ['id-was-taken', { streams: [STREAM] }],
  ['is-being-recorded', { nextStreamId: 1, streams: [{ ...STREAM, isUnrecorded: true }] }],
  ['released-for-snapshot', { nextStreamId: 1, streams: [{ ...STREAM, isReleased: true }] }],
  ['none-of-a-recorder', { isFlightRecorder: true, consumer: CONSUMER }],
  ['needs-none', { awaiting: [REPLY], consumer: CONSUMER }],
  ['among-awaiting', { awaitingFirst: 1 }],
  ['may-be-lost', { watching: [REPLY] }],
  ['writes-no-more', { consumer: CONSUMER, isDismissed: true }],
  ['of-a-consumer', { dismissing: [REPLY], isDismissed: true }],
  ['of-a-consumer', { dismissing: [REPLY], consumer: CONSUMER }],
  ['on-the-way', { state: 'active', answering: [REPLY] }],
  ['answering:bounded', { state: 'destroying', answering: many(REPLY) }],
  ['awaiting:bounded', { awaiting: many(REPLY) }],
  ['has-recorded', { owesFlush: true }],
  ['absentRestMs:bounded', { absentRestMs: 0 }],
  ['enabled-is-present', { place: { ...PLACE, present: 'nowhere' } }],
  ['disabled-is-nowhere', { place: { ...PLACE, use: 'disabled' } }],
  ['relay-is-enabled', { place: { ...AT_RELAY, use: 'set' } }],
  ['files-have-a-directory', { output: undefined, place: { ...PLACE } }],
  ['linked-to-a-relay', { place: { ...PLACE, link: 'connected' } }],
];

it.each(BROKEN)('detects the violation of %s by %j', (rule, changes) => {
  expect(() => checkSession({ ...SESSION, ...changes }, SESSION)).toThrow(rule);
});

it('detects that an enabled relay is replaced (R3.7)', () => {
  const before = { ...SESSION, place: AT_RELAY };
  const other = { control: 'tcp://b:1', data: 'tcp://b:2' };
  expect(() =>
    checkSession({ ...before, place: { ...AT_RELAY, destination: other } }, before),
  ).toThrow('frozen');
});

function many<T>(one: T): readonly T[] {
  return Array.from({ length: AWAITING_MAX + 1 }, () => one);
}
