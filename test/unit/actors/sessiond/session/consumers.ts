/** The consumer of a session, and who waits for it (R1.19, R1.20, R2.10). */

import { expect, it } from 'vitest';
import {
  AWAITING_MAX,
  CONSUMER_MS_MAX,
  DRAIN_MS_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import { sessionMachine } from '../../../../../actors/sessiond/session/machine.ts';
import type { ErrorCode } from '../../../../../src/wire/control/messages.ts';
import { passed, stepsOf } from '../../../../support/step.ts';
import { log, tell } from '../../../../support/step-events.ts';
import {
  at,
  attached,
  awaitConsumer,
  busy,
  CONSUMED,
  CONSUMED_BY,
  consumerStream,
  continueConsumer,
  created,
  destroy,
  FLIGHT_RECORDER,
  finished,
  INPUT,
  introduction,
  joined,
  left,
  lost,
  noConsumer,
  ONE,
  ONE_RECORD,
  OTHER,
  opened,
  published,
  RECORDING,
  recorded,
  refusal,
  reply,
  STOPPING,
  sessionEnded,
  steps,
  stopConsumer,
  toConsumer,
  value,
  watchConsumer,
} from './words.ts';

const AWAITING = { awaitingConsumer: 'waiting' };
const DISMISSING = { dismissingConsumer: 'waiting' };
const beside = (
  recording: string,
  more: object,
  effects: readonly object[],
  ...delays: number[]
) => ({
  value: value(recording, more),
  effects,
  ...(delays.length === 0 ? {} : { delays }),
});
const accepted = tell('client-4', { type: 'consumer.accepted' });
const refused = (code: ErrorCode, reason: string, link = 'client-5') =>
  at('inactive', [tell(link, { type: 'consumer.refused', code, reason })]);
const leftLine = log('consumer.left', { session: 'web', pid: 90, uid: 1000 });
const finish = toConsumer({ type: 'finish' });

it('tells a consumer which session it is, and the registry who it is (R1.20)', () => {
  expect(steps(INPUT, attached())).toEqual(
    at('inactive', [accepted, toConsumer(introduction()), published('inactive', CONSUMED_BY)]),
  );
});

it('tells a consumer of all streams that there are, and of those that have ended', () => {
  const events = [...RECORDING, joined(OTHER), created(1, OTHER), left(true), lost, attached()];
  expect(steps(INPUT, ...events).effects.slice(0, -1)).toEqual([
    accepted,
    toConsumer(introduction(72, 70)),
    toConsumer({ type: 'stream.add', stream: consumerStream(1, OTHER) }),
    toConsumer({ type: 'stream.add', stream: consumerStream(0) }),
    toConsumer({ type: 'stream.ended', streamId: 0 }),
  ]);
});

it('has one consumer at a time (R1.19)', () => {
  expect(steps(INPUT, attached(), attached('client-5'))).toEqual(
    refused('ALREADY', 'Session "web" already has a consumer'),
  );
});

const noContinuing =
  'Session "web" is a flight recorder without a consumer; use "lttng snapshot" to copy its buffers';

it('has none when it is a flight recorder (R1.23)', () => {
  const { effects } = steps(FLIGHT_RECORDER, attached());
  expect(effects).toEqual([
    tell('client-4', { type: 'consumer.refused', code: 'NOT_ALLOWED', reason: noContinuing }),
  ]);
  for (const event of [continueConsumer(), watchConsumer()]) {
    expect(steps(FLIGHT_RECORDER, event).effects).toEqual([refusal('NOT_ALLOWED', noContinuing)]);
  }
});

it('answers those who wait for a consumer when it can write', () => {
  expect(steps(INPUT, awaitConsumer())).toEqual(beside('inactive', AWAITING, [], CONSUMER_MS_MAX));
  expect(steps(INPUT, awaitConsumer(), attached(), awaitConsumer(9), opened)).toEqual(
    at('inactive', [reply('inactive', CONSUMED_BY), reply('inactive', CONSUMED_BY, 9)]),
  );
  expect(steps(INPUT, ...CONSUMED, awaitConsumer())).toEqual(
    at('inactive', [reply('inactive', CONSUMED_BY)]),
  );
});

it('does nothing at a consumer that can write and is gone', () => {
  expect(steps(INPUT, opened)).toEqual(at('inactive', []));
});

const notAttached = (id: number) =>
  refusal('CONSUMER_FAILED', 'No consumer attached to session "web" within 10 s', id);

it('refuses those who have waited too long for a consumer, and lets later ones wait on', () => {
  const events = [awaitConsumer(1), awaitConsumer(2), passed(CONSUMER_MS_MAX)] as const;
  expect(steps(INPUT, ...events)).toEqual(
    beside('inactive', AWAITING, [notAttached(1)], CONSUMER_MS_MAX),
  );
  expect(steps(INPUT, ...events, passed(CONSUMER_MS_MAX))).toEqual(
    at('inactive', [notAttached(2)]),
  );
});

it(`lets ${AWAITING_MAX} requests wait for a consumer, and refuses one more`, () => {
  const all = Array.from({ length: AWAITING_MAX }, (_, index) => awaitConsumer(index + 100));
  expect(steps(INPUT, ...all).effects).toEqual([]);
  const reason = `${AWAITING_MAX} requests already wait for a consumer of session "web"`;
  expect(steps(INPUT, ...all, awaitConsumer(9)).effects).toEqual([refusal('LIMIT', reason, 9)]);
});

it('says to those who wait that the consumer has left before it could write', () => {
  const reason = 'The consumer of session "web" exited before it could write; see its log';
  expect(steps(INPUT, awaitConsumer(), attached(), lost)).toEqual(
    at('inactive', [published('inactive'), refusal('CONSUMER_FAILED', reason), leftLine]),
  );
});

it('has consuming continued by the consumer that there is, or asks for one (R2.10)', () => {
  expect(steps(INPUT, continueConsumer())).toEqual(at('inactive', [noConsumer()]));
  expect(steps(INPUT, ...CONSUMED, continueConsumer())).toEqual(
    at('inactive', [reply('inactive', CONSUMED_BY)]),
  );
});

it('says to those who watch the consumer that it is lost', () => {
  expect(steps(INPUT, watchConsumer())).toEqual(at('inactive', [noConsumer()]));
  expect(steps(INPUT, ...CONSUMED, watchConsumer())).toEqual(at('inactive', []));
  expect(steps(INPUT, ...CONSUMED, watchConsumer(), watchConsumer(9), lost)).toEqual(
    at('inactive', [published('inactive'), noConsumer(), noConsumer(9), leftLine]),
  );
});

it(`lets ${AWAITING_MAX} requests watch the consumer, not counting those that are gone`, () => {
  const all = Array.from({ length: AWAITING_MAX }, (_, index) => watchConsumer(index + 100));
  const reason = `${AWAITING_MAX} requests already watch the consumer of session "web"`;
  expect(steps(INPUT, ...CONSUMED, ...all).effects).toEqual([]);
  expect(steps(INPUT, ...CONSUMED, ...all, watchConsumer(9)).effects).toEqual([
    refusal('LIMIT', reason, 9),
  ]);
  const withoutClients = stepsOf(sessionMachine, ['client-0']);
  expect(withoutClients(INPUT, ...CONSUMED, ...all, watchConsumer(9)).effects).toEqual([]);
});

it('stops consuming, and stays as it is (R2.10)', () => {
  expect(steps(INPUT, ...RECORDING, stopConsumer(9))).toEqual(
    beside(
      'active',
      DISMISSING,
      [recorded('active', { ...ONE_RECORD, isDismissed: true }), finish],
      DRAIN_MS_MAX,
    ),
  );
  expect(steps(INPUT, ...RECORDING, stopConsumer(9), lost)).toEqual(
    at('active', [published('active', ONE), reply('active', ONE, 9), leftLine]),
  );
});

it('does not count a consumer as lost that was stopped, until there is another one', () => {
  const stopped = [...CONSUMED, watchConsumer(), stopConsumer(9), lost] as const;
  expect(steps(INPUT, ...stopped).effects).toEqual([
    published('inactive'),
    reply('inactive', {}, 9),
    leftLine,
  ]);
  expect(steps(INPUT, ...stopped, watchConsumer(10))).toEqual(at('inactive', []));
  expect(steps(INPUT, ...stopped, attached()).effects).toEqual([
    recorded('inactive'),
    accepted,
    toConsumer(introduction()),
    published('inactive', CONSUMED_BY),
  ]);
  expect(steps(INPUT, ...stopped, attached(), lost).effects).toContainEqual(noConsumer());
});

it('does not stop a consumer that there is not, nor while the session is on its way', () => {
  expect(steps(INPUT, stopConsumer())).toEqual(
    at('inactive', [refusal('ALREADY', 'Session "web" has no consumer')]),
  );
  expect(steps(INPUT, ...STOPPING, stopConsumer(9))).toEqual(
    at({ stopping: 'applying' }, [busy(9)]),
  );
});

it('says that a consumer does not end, and waits no longer', () => {
  const reason = 'The consumer of session "web" did not end within 30 s; see its log';
  const events = [...CONSUMED, stopConsumer(), passed(DRAIN_MS_MAX)] as const;
  expect(steps(INPUT, ...events)).toEqual(at('inactive', [refusal('CONSUMER_FAILED', reason)]));
});

it(`lets ${AWAITING_MAX} requests wait for the end of the consumer, and refuses one more`, () => {
  const all = Array.from({ length: AWAITING_MAX }, (_, index) => stopConsumer(index + 100));
  const reason = `${AWAITING_MAX} requests already wait for the end of the consumer of session "web"`;
  expect(steps(INPUT, ...CONSUMED, ...all, stopConsumer(9)).effects).toEqual([
    refusal('LIMIT', reason, 9),
  ]);
});

it('refuses all who wait when the session is destroyed', () => {
  const reason = 'Session "web" was destroyed';
  const noSession = (id: number) => refusal('NO_SESSION', reason, id);
  const waiting = [...CONSUMED, watchConsumer(2), stopConsumer(3), awaitConsumer(1)] as const;
  const { effects } = steps(INPUT, ...waiting, destroy(), finished);
  expect(effects.filter(({ type }) => type === 'actor.tell')).toEqual([
    reply('destroying', CONSUMED_BY),
    noSession(1),
    noSession(2),
    noSession(3),
    sessionEnded,
  ]);
});
