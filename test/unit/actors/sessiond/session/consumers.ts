/** The consumer of a session, and the requests that wait for it (R1.19, R1.20, R2.10). */

import { expect, it } from 'vitest';
import {
  AWAITING_MAX,
  CONSUMER_MS_MAX,
  DRAIN_MS_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import { sessionMachine } from '../../../../../actors/sessiond/session/machine.ts';
import type { ErrorCode } from '../../../../../src/wire/control/error-code.ts';
import { passed, stepsOf } from '../../../../support/step.ts';
import { log, tell } from '../../../../support/step-events.ts';
import {
  at,
  attached,
  awaitConsumer,
  busy,
  CONSUMED,
  CONSUMED_BY,
  command,
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
  start,
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

it('introduces itself to a consumer, and reports the consumer to the registry (R1.20)', () => {
  expect(steps(INPUT, attached())).toEqual(
    at('inactive', [accepted, toConsumer(introduction()), published('inactive', CONSUMED_BY)]),
  );
});

it('sends a consumer all existing streams, and the ends of ended ones', () => {
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

it('answers requests that wait for a consumer when it can write', () => {
  expect(steps(INPUT, awaitConsumer())).toEqual(beside('inactive', AWAITING, [], CONSUMER_MS_MAX));
  expect(steps(INPUT, awaitConsumer(), attached(), awaitConsumer(9), opened)).toEqual(
    at('inactive', [reply('inactive', CONSUMED_BY), reply('inactive', CONSUMED_BY, 9)]),
  );
  expect(steps(INPUT, ...CONSUMED, awaitConsumer())).toEqual(
    at('inactive', [reply('inactive', CONSUMED_BY)]),
  );
});

it('ignores a report of a consumer that is gone', () => {
  expect(steps(INPUT, opened)).toEqual(at('inactive', []));
});

const notAttached = (id: number) =>
  refusal('CONSUMER_FAILED', 'No consumer attached to session "web" within 10 s', id);

it('refuses requests that have waited too long for a consumer, and keeps later ones', () => {
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

it('refuses requests that wait when the consumer exits before it can write', () => {
  const reason = 'The consumer of session "web" exited before it could write; see its log';
  expect(steps(INPUT, awaitConsumer(), attached(), lost)).toEqual(
    at('inactive', [published('inactive'), refusal('CONSUMER_FAILED', reason), leftLine]),
  );
});

it('continues consuming with the present consumer, or asks for one (R2.10)', () => {
  expect(steps(INPUT, continueConsumer())).toEqual(at('inactive', [noConsumer()]));
  expect(steps(INPUT, ...CONSUMED, continueConsumer())).toEqual(
    at('inactive', [reply('inactive', CONSUMED_BY)]),
  );
});

it('tells others than the owner that only the owner can start a consumer (R1.20)', () => {
  const reason = 'Session "web" has no consumer; only its owner can start one';
  const ops = ['start', 'rotate', 'clear'] as const;
  for (const op of ops) {
    const asked = command({ op: `session.${op}`, session: 'web' }, 8, 0);
    expect(steps(INPUT, asked)).toEqual(at('inactive', [refusal('NOT_ALLOWED', reason)]));
  }
});

it('reports the loss of the consumer to requests that watch it', () => {
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

it('stops consuming, and keeps its state (R2.10)', () => {
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

it('does not start with a consumer that says it can write after it was stopped', () => {
  const late = [attached(), stopConsumer(9), opened] as const;
  expect(steps(INPUT, ...late)).toEqual(beside('inactive', DISMISSING, []));
  expect(steps(INPUT, ...late, start())).toEqual(beside('inactive', DISMISSING, [busy()]));
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

it('stops no consumer when it has none, nor in a transitional state', () => {
  expect(steps(INPUT, stopConsumer())).toEqual(
    at('inactive', [refusal('ALREADY', 'Session "web" has no consumer')]),
  );
  expect(steps(INPUT, ...STOPPING, stopConsumer(9))).toEqual(
    at({ stopping: 'applying' }, [busy(9)]),
  );
});

it('reports a consumer that does not end, and waits no longer', () => {
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

it('refuses all waiting requests when the session is destroyed', () => {
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
