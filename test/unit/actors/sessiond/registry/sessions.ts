/** Answers of a registry about sessions, and the users that get them (R1.1, R1.2, R1.6, R1.8). */

import { expect, it } from 'vitest';
import { SESSIONS_MAX } from '../../../../../actors/sessiond/limits.ts';
import type { Credentials } from '../../../../../src/port/identity.ts';
import type { ChannelSettings, EventRule } from '../../../../../src/wire/common.ts';
import { tell } from '../../../../support/step-events.ts';
import {
  ALICE,
  BOB,
  changed,
  creating,
  ended,
  INPUT,
  infoOf,
  made,
  ROOT,
  refusal,
  reply,
  requested,
  SERVING,
  SESSION,
  serving,
  startSession,
  steps,
  UUID,
  uuidMade,
  uuidOf,
} from './words.ts';

const WEB = infoOf(ALICE, 'web', UUID);
const listOf = (peer: Credentials, from = 0) => requested(peer, { op: 'session.list', from });
const getOf = (peer: Credentials, session: string) =>
  requested(peer, { op: 'session.get', session });
const startOf = (peer: Credentials, session = 'web') =>
  requested(peer, { op: 'session.start', session });
const passedOn = (operation: object, { uid } = ALICE) => {
  const replyTo = { link: 'client-0', id: 8, uid };
  return serving(tell(SESSION, { type: 'session.command', operation, replyTo }));
};
const refused = (code: string, reason: string) => serving(refusal(code, reason));

it('requests a UUID before it creates a session (R1.1)', () => {
  expect(steps(INPUT, ...SERVING, creating(ALICE, 'web'))).toEqual(
    serving({ type: 'random.uuid', key: 'session client-0 8' }),
  );
  expect(steps(INPUT, ...SERVING, creating(ALICE, 'web'), uuidMade(UUID))).toEqual(
    serving(startSession(ALICE, 'web', UUID)),
  );
});

it('creates a flight recorder on request (R1.23)', () => {
  const operation = { op: 'session.create', name: 'web', output: '/home/alice/web' } as const;
  const asked = requested(ALICE, { ...operation, flightRecorder: true });
  expect(steps(INPUT, ...SERVING, asked, uuidMade(UUID))).toEqual(
    serving(startSession(ALICE, 'web', UUID, { isFlightRecorder: true })),
  );
});

it('answers when the session has published itself, once', () => {
  expect(steps(INPUT, ...SERVING, ...made(ALICE, 'web'))).toEqual(serving(reply({ session: WEB })));
  expect(steps(INPUT, ...SERVING, ...made(ALICE, 'web'), changed(WEB))).toEqual(serving());
});

it('lets each user use a name once', () => {
  const taken = refused('SESSION_EXISTS', 'Session "web" already exists');
  expect(steps(INPUT, ...SERVING, ...made(ALICE, 'web'), creating(ALICE, 'web'))).toEqual(taken);
  expect(steps(INPUT, ...SERVING, creating(ALICE, 'web'), creating(ALICE, 'web'))).toEqual(taken);
  expect(steps(INPUT, ...SERVING, ...made(ALICE, 'web'), creating(BOB, 'web'))).toEqual(
    serving({ type: 'random.uuid', key: 'session client-0 8' }),
  );
});

it(`has at most ${SESSIONS_MAX} sessions, including those that are being created`, () => {
  const most = Array.from({ length: SESSIONS_MAX - 1 }, (_, index) =>
    creating(ALICE, `${index}`, index + 100),
  );
  expect(steps(INPUT, ...SERVING, ...most, creating(ALICE, 'web'))).toEqual(
    serving({ type: 'random.uuid', key: 'session client-0 8' }),
  );
  const all = [...most, uuidMade(UUID, 100), creating(ALICE, 'web', 7)];
  expect(steps(INPUT, ...SERVING, ...all, creating(ALICE, 'one-more'))).toEqual(
    refused('LIMIT', `A registry has at most ${SESSIONS_MAX} sessions`),
  );
});

it('lists to a user its own sessions, and to root all of them (R1.2)', () => {
  const others = infoOf(BOB, 'web', uuidOf(2));
  const both = [...made(ALICE, 'web'), ...made(BOB, 'web', uuidOf(2))];
  const list = (peer: Credentials) => steps(INPUT, ...SERVING, ...both, listOf(peer)).effects;
  expect(list(ALICE)).toEqual([reply({ sessions: [WEB] })]);
  expect(list(BOB)).toEqual([reply({ sessions: [others] })]);
  expect(list(ROOT)).toEqual([reply({ sessions: [WEB, others] })]);
});

it('lists sessions a page at a time', () => {
  const rule: EventRule = {
    pattern: 'x'.repeat(40_000),
    logLevelMax: 14,
    target: { kind: 'all' },
    enabled: true,
  };
  const settings: ChannelSettings = {
    name: 'default',
    shape: { subbufferBytes: 4096, subbufferCount: 4, overwrite: false },
    switchTimerUs: 0,
    readTimerUs: 0,
  };
  const large = (index: number) => {
    const info = infoOf(ALICE, `s${index}`, uuidOf(index));
    const channels = [{ settings, rules: [rule] }];
    return [...made(ALICE, `s${index}`, uuidOf(index)), changed({ ...info, channels })];
  };
  const events = [1, 2, 3].flatMap(large);
  const [page] = steps(INPUT, ...SERVING, ...events, listOf(ALICE)).effects;
  expect(page).toMatchObject({ event: { value: { sessions: [{}, {}], next: 2 } } });
  const [last] = steps(INPUT, ...SERVING, ...events, listOf(ALICE, 2)).effects;
  expect(last).toMatchObject({ event: { value: { sessions: [{ name: 's3' }] } } });
});

it('finds a session by its name and by its UUID (R1.2)', () => {
  for (const key of ['web', UUID]) {
    expect(steps(INPUT, ...SERVING, ...made(ALICE, 'web'), getOf(ALICE, key))).toEqual(
      serving(reply({ session: WEB })),
    );
  }
});

it('does not answer about a session that has not published itself', () => {
  const events = [creating(ALICE, 'web'), uuidMade(UUID), getOf(ALICE, 'web')] as const;
  expect(steps(INPUT, ...SERVING, ...events)).toEqual(serving());
});

it('refuses a session that does not exist, and one of another user', () => {
  const events = [...SERVING, ...made(ALICE, 'web')] as const;
  expect(steps(INPUT, ...events, getOf(ALICE, 'x'))).toEqual(
    refused('NO_SESSION', 'There is no session "x"'),
  );
  expect(steps(INPUT, ...events, startOf(BOB))).toEqual(
    refused('NOT_ALLOWED', 'Session "web" belongs to another user'),
  );
});

it('asks root for the UUID when several users have a session of that name', () => {
  const both = [...made(ALICE, 'web'), ...made(BOB, 'web', uuidOf(2))];
  const reason = 'Several users have a session "web"; use its UUID';
  expect(steps(INPUT, ...SERVING, ...both, getOf(ROOT, 'web'))).toEqual(
    refused('AMBIGUOUS', reason),
  );
  expect(steps(INPUT, ...SERVING, ...both, getOf(ROOT, UUID))).toEqual(
    serving(reply({ session: WEB })),
  );
});

it('passes a command to its session (R1.8)', () => {
  const operation = { op: 'session.start', session: 'web' } as const;
  expect(steps(INPUT, ...SERVING, ...made(ALICE, 'web'), startOf(ALICE))).toEqual(
    passedOn(operation),
  );
});

it('tells the session that it is root who asks (R1.20)', () => {
  const events = [...SERVING, ...made(ALICE, 'web'), startOf(ROOT)] as const;
  expect(steps(INPUT, ...events)).toEqual(passedOn({ op: 'session.start', session: 'web' }, ROOT));
});

it('forgets a session that has ended', () => {
  const events = [...SERVING, ...made(ALICE, 'web'), ended(UUID)] as const;
  expect(steps(INPUT, ...events)).toEqual(serving({ type: 'actor.stop', id: SESSION }));
  expect(steps(INPUT, ...events, listOf(ALICE))).toEqual(serving(reply({ sessions: [] })));
});

const attaching = (peer: Credentials, isSnapshot = false, sessionUuid = UUID) =>
  ({ type: 'consumer.attaching', link: 'client-4', peer, sessionUuid, isSnapshot }) as const;
const consumerRefused = (code: string, reason: string) =>
  serving(tell('client-4', { type: 'consumer.refused', code, reason }));

it('lets only the owner consume a session, and also root copy it (R1.20, R1.23)', () => {
  const events = [...SERVING, ...made(ALICE, 'web')] as const;
  const attached = { link: 'client-4', pid: ALICE.pid };
  expect(steps(INPUT, ...events, attaching(ALICE))).toEqual(
    serving(tell(SESSION, { type: 'consumer.attached', gid: ALICE.gid, ...attached })),
  );
  expect(steps(INPUT, ...events, attaching(ALICE, true))).toEqual(
    serving(tell(SESSION, { type: 'snapshot.begun', ...attached })),
  );
  expect(steps(INPUT, ...events, attaching(ROOT))).toEqual(
    consumerRefused('NOT_ALLOWED', 'Only the owner of session "web" can run its consumer'),
  );
  expect(steps(INPUT, ...events, attaching(ROOT, true))).toEqual(
    serving(tell(SESSION, { type: 'snapshot.begun', link: 'client-4', pid: ROOT.pid })),
  );
});

it('refuses a consumer of a session that does not exist, or of another user', () => {
  const events = [...SERVING, ...made(ALICE, 'web')] as const;
  expect(steps(INPUT, ...events, attaching(ALICE, false, uuidOf(2)))).toEqual(
    consumerRefused('NO_SESSION', `There is no session "${uuidOf(2)}"`),
  );
  expect(steps(INPUT, ...events, attaching(BOB, true))).toEqual(
    consumerRefused('NOT_ALLOWED', `Session "${UUID}" belongs to another user`),
  );
});
