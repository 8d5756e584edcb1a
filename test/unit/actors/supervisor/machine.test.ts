/** A supervisor as a pure step: it watches the consumer of a session and starts another one after a loss. */

import { expect, it } from 'vitest';
import type { SupervisorInput, SupervisorOutcome } from '../../../../actors/supervisor/context.ts';
import { supervisorMachine } from '../../../../actors/supervisor/machine.ts';
import type { ErrorCode } from '../../../../src/wire/control/error-code.ts';
import { CONTROL_PROTOCOL_MAJOR, type ToClient } from '../../../../src/wire/control/messages.ts';
import { CONSUMERD_EXIT } from '../../../../src/wire/exit-status.ts';
import { CONSUMER_PROGRAM, KERNEL_CONSUMER_PROGRAM } from '../../../../src/wire/launch.ts';
import { passed, stepsOf, untried } from '../../../support/step.ts';
import {
  adopt,
  close,
  closed,
  log,
  open,
  opened,
  openFailed,
  osError,
  said,
  send,
  signalled,
} from '../../../support/step-events.ts';

const SESSION = '00000000-0000-4000-8000-000000000001';
const INPUT: SupervisorInput = {
  registry: { scope: 'user', clientPath: '/home/alice/.lttng-ts/client.sock', ownerUid: 1000 },
  sessionUuid: SESSION,
  environment: { HOME: '/home/alice' },
};
/** Bounds of a supervisor: the time for a registry to welcome it, and for a consumer to be able to write. */
const ANSWER_MS_MAX = 15_000;
/** Interval and number of the attempts to connect to a lost registry. */
const RELOOK_MS = 1000;
const LOOKS_MAX = 600;
/** The delay before the next consumer: it doubles until a consumer has lived for CALM_MS. */
const REST_MS_MIN = 100;
const REST_MS_MAX = 30_000;
const CALM_MS = 60_000;
/** Number of consumers started in one window. */
const BROUGHT_MAX = 20;
const WINDOW_MS = 600_000;

const steps = stepsOf(supervisorMachine);

const connection = (attempt = 1) => `registry-${attempt}`;
const says = (message: ToClient, attempt = 1) => said(connection(attempt), message);
const welcomeOf = (major: number, attempt = 1) =>
  says({ type: 'welcome', major, minor: 0, scope: 'user', pid: 2 }, attempt);
const failed = (id: number, code: ErrorCode, attempt = 1, more: object = {}) =>
  says({ type: 'failure', id, code, reason: 'it says why', ...more }, attempt);
const replied = (id: number) => says({ type: 'reply', id, value: {} });
const spawnFailed = (key: string) =>
  ({ type: 'process.spawnFailed', key, error: osError('ENOENT', key) }) as const;
const terminated = signalled('SIGTERM');
const consumerEnded = (id: number, code: number) =>
  ({ type: 'process.ended', key: `consumer-${id}`, exit: { code } }) as const;

/** The events that lead to a state. */
const joining = (attempt = 1) => [
  opened(connection(attempt), INPUT.registry.ownerUid),
  welcomeOf(CONTROL_PROTOCOL_MAJOR, attempt),
];
const GREETING = joining().slice(0, 1);
const WATCHING = joining();
/** The consumer is lost: the supervisor must start another one. */
const RESTING = [...WATCHING, failed(1, 'NO_CONSUMER')];
const SPAWNING_CONSUMER = [...RESTING, passed(REST_MS_MIN)];
const AWAY = [...WATCHING, closed(connection())];

const at = (supervising: object | string) => ({ window: 'open', supervising });
const joined = (state: string) => at({ joined: state });
const request = (id: number, op: 'consumer.watch' | 'consumer.await', attempt = 1) =>
  send(connection(attempt), { type: 'request', id, operation: { op, session: SESSION } });
const spawn = (id: number, program = CONSUMER_PROGRAM) => ({
  type: 'process.spawn',
  key: `consumer-${id}`,
  program,
  args: ['user', SESSION, '--log-file'],
  environment: INPUT.environment,
  style: 'daemon',
});
const done = (outcome: SupervisorOutcome) => ({ type: 'supervisor.done', outcome });
const endedBy = (outcome: SupervisorOutcome, attempt = 1) => ({
  value: at('ended'),
  effects: [close(connection(attempt)), done(outcome)],
});
const notBrought = (started: number, restMs: number) =>
  log('supervisor.consumerFailed', {
    session: SESSION,
    'consumers-started': started,
    'rest-ms': restMs,
  });

/** The next consumer is lost right after its start, this many times; each attempt is two requests. */
const losses = (from: number, to: number, restOf: (count: number) => number) =>
  Array.from({ length: to - from }, (_, index) => from + index).flatMap((count) => [
    passed(restOf(count)),
    replied(2 * count + 2),
    failed(2 * count + 3, 'NO_CONSUMER'),
  ]);
const doubling = (count: number) => Math.min(REST_MS_MIN * 2 ** count, REST_MS_MAX);

it('connects to the registry, and opens a window in which consumers are counted', () => {
  expect(steps(INPUT)).toEqual({
    value: at({ joining: 'connecting' }),
    effects: [open(connection(), INPUT.registry.clientPath, 'control.client')],
    delays: [WINDOW_MS, ANSWER_MS_MAX],
  });
});

it('greets a registry of the expected user', () => {
  expect(steps(INPUT, ...GREETING)).toEqual({
    value: at({ joining: 'greeting' }),
    effects: [
      adopt(connection()),
      send(connection(), { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 }),
    ],
  });
});

it('requests a notification when the consumer is lost', () => {
  expect(steps(INPUT, ...WATCHING)).toEqual({
    value: joined('watching'),
    effects: [request(1, 'consumer.watch')],
    delays: [CALM_MS],
  });
});

it('rests before it starts another consumer', () => {
  expect(steps(INPUT, ...RESTING)).toEqual({
    value: joined('resting'),
    effects: [],
    delays: [REST_MS_MIN],
  });
});

it('starts a consumer with the credentials of the user, and waits until it can write (R1.20)', () => {
  expect(steps(INPUT, ...SPAWNING_CONSUMER)).toEqual({
    value: joined('spawning'),
    effects: [request(2, 'consumer.await'), spawn(2)],
    delays: [ANSWER_MS_MAX],
  });
});

it('watches the consumer that it has started', () => {
  expect(steps(INPUT, ...SPAWNING_CONSUMER, replied(2))).toEqual({
    value: joined('watching'),
    effects: [
      log('supervisor.consumerStarted', { session: SESSION, 'consumers-started': 1 }),
      request(3, 'consumer.watch'),
    ],
    delays: [CALM_MS],
  });
});

it.each([
  ['the registry answers that none attached', failed(2, 'CONSUMER_FAILED')],
  ['it cannot be started', spawnFailed('consumer-2')],
  ['it ends', consumerEnded(2, 1)],
  ['it does not write in time', passed(ANSWER_MS_MAX)],
])('asks for the present consumer when its own did not attach: %s', (_, event) => {
  expect(steps(INPUT, ...SPAWNING_CONSUMER, event)).toEqual({
    value: joined('watching'),
    effects: [notBrought(1, 2 * REST_MS_MIN), request(3, 'consumer.watch')],
    delays: [CALM_MS],
  });
});

it('waits for the consumer that another client of the session has started at the same time', () => {
  const event = consumerEnded(2, CONSUMERD_EXIT.hasAnother);
  expect(steps(INPUT, ...SPAWNING_CONSUMER, event)).toEqual({
    value: joined('spawning'),
    effects: [],
  });
});

it('starts the consumer of the kernel for the kernel part of a session (R1.24)', () => {
  const ofKernel = failed(1, 'NO_CONSUMER', 1, { domain: 'kernel' });
  const { effects } = steps(INPUT, ...WATCHING, ofKernel, passed(REST_MS_MIN));
  expect(effects).toContainEqual(spawn(2, KERNEL_CONSUMER_PROGRAM));
});

it('does not mistake the end of an earlier consumer for that of the present one', () => {
  const again = [replied(2), failed(3, 'NO_CONSUMER'), passed(2 * REST_MS_MIN)] as const;
  expect(steps(INPUT, ...SPAWNING_CONSUMER, ...again, consumerEnded(2, 1))).toEqual({
    value: joined('spawning'),
    effects: [],
  });
});

it('rests twice as long before each further consumer, up to a bound', () => {
  expect(steps(INPUT, ...RESTING, ...losses(0, 4, doubling)).delays).toEqual([16 * REST_MS_MIN]);
  expect(steps(INPUT, ...RESTING, ...losses(0, 9, doubling)).delays).toEqual([REST_MS_MAX]);
});

it('rests for the shortest time again when a consumer has lived for a minute', () => {
  const calm = [
    passed(REST_MS_MIN),
    replied(2),
    passed(CALM_MS),
    failed(3, 'NO_CONSUMER'),
  ] as const;
  expect(steps(INPUT, ...RESTING, ...calm).delays).toEqual([REST_MS_MIN]);
});

it(`starts ${BROUGHT_MAX} consumers within the window, and ends when the last one is lost`, () => {
  const all = [...RESTING, ...losses(0, BROUGHT_MAX - 1, doubling)];
  expect(steps(INPUT, ...all)).toEqual({
    value: joined('resting'),
    effects: [],
    delays: [REST_MS_MAX],
  });
  expect(steps(INPUT, ...all, ...losses(BROUGHT_MAX - 1, BROUGHT_MAX, doubling))).toEqual(
    endedBy({
      kind: 'failed',
      code: 'CONSUMER_FAILED',
      reason: '20 consumers were lost within 10 minutes; see their log',
    }),
  );
});

it('restarts the count in the next window', () => {
  const all = [...RESTING, ...losses(0, BROUGHT_MAX - 1, doubling)];
  const next = [...all, passed(WINDOW_MS)] as const;
  expect(steps(INPUT, ...next)).toEqual({
    value: joined('resting'),
    effects: [],
    delays: [WINDOW_MS],
  });
  const further = losses(BROUGHT_MAX - 1, BROUGHT_MAX, doubling);
  expect(steps(INPUT, ...next, ...further).value).toEqual(joined('resting'));
});

it('ends when the session is gone', () => {
  expect(steps(INPUT, ...WATCHING, failed(1, 'NO_SESSION'))).toEqual(
    endedBy({ kind: 'over', reason: 'the session is gone' }),
  );
});

it('fails when the registry does not let it watch', () => {
  expect(steps(INPUT, ...WATCHING, failed(1, 'LIMIT'))).toEqual(
    endedBy({ kind: 'failed', code: 'LIMIT', reason: 'it says why' }),
  );
});

it('ends at a signal', () => {
  const interrupted = endedBy({ kind: 'over', reason: 'interrupted' });
  expect(steps(INPUT, ...WATCHING, terminated)).toEqual(interrupted);
  expect(steps(INPUT, ...SPAWNING_CONSUMER, terminated)).toEqual(interrupted);
});

it.each([
  ['runs as another user', [opened(connection(), 0)]],
  ['cannot be reached', [openFailed(connection(), 'ENOENT')]],
  ['closes the connection before welcome', [...GREETING, closed(connection())]],
  ['sends no welcome in time', [...GREETING, passed(ANSWER_MS_MAX)]],
  ['has another version', [...GREETING, welcomeOf(CONTROL_PROTOCOL_MAJOR + 1)]],
  ['is lost', AWAY],
  ['is lost during the start of a consumer', [...SPAWNING_CONSUMER, closed(connection())]],
])('looks again a second later when the registry %s', (_, events) => {
  expect(steps(INPUT, ...events)).toEqual({
    value: at('away'),
    effects: [close(connection())],
    delays: [RELOOK_MS],
  });
  expect(steps(INPUT, ...events, passed(RELOOK_MS))).toEqual({
    value: at({ joining: 'connecting' }),
    effects: [open(connection(2), INPUT.registry.clientPath, 'control.client')],
    delays: [ANSWER_MS_MAX],
  });
});

/** Attempts to connect to a missing registry, from the first one after its loss. */
const looks = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => [
    passed(RELOOK_MS),
    openFailed(connection(from + index + 1), 'ENOENT'),
  ]).flat();

it(`looks ${LOOKS_MAX} times for a lost registry`, () => {
  const most = [...AWAY, ...looks(1, LOOKS_MAX - 1)];
  expect(steps(INPUT, ...most, passed(RELOOK_MS)).value).toEqual(at({ joining: 'connecting' }));
  const all = [...AWAY, ...looks(1, LOOKS_MAX)];
  expect(steps(INPUT, ...all, passed(RELOOK_MS))).toEqual(
    endedBy(
      { kind: 'failed', code: 'REGISTRY_LOST', reason: 'The registry was lost and did not return' },
      LOOKS_MAX,
    ),
  );
});

it('counts its attempts from 0 again once it has joined a registry', () => {
  const back = [passed(RELOOK_MS), ...joining(LOOKS_MAX), closed(connection(LOOKS_MAX))] as const;
  const events = [...AWAY, ...looks(1, LOOKS_MAX - 1), ...back, passed(RELOOK_MS)] as const;
  expect(steps(INPUT, ...events).value).toEqual(at({ joining: 'connecting' }));
});

it('ignores events that are late or concern something else', () => {
  const late = [
    replied(7),
    failed(7, 'NO_CONSUMER'),
    closed(connection(9)),
    openFailed(connection(9), 'ENOENT'),
    { type: 'process.spawned', key: 'consumer-2', pid: 5 },
    spawnFailed('consumer-2'),
    consumerEnded(2, 1),
  ] as const;
  for (const event of late) {
    expect(steps(INPUT, ...WATCHING, event)).toEqual({ value: joined('watching'), effects: [] });
  }
  for (const event of [...late, terminated]) {
    expect(steps(INPUT, terminated, event)).toEqual({ value: at('ended'), effects: [] });
  }
});

it('closes a connection that opens when it does not wait for one any more', () => {
  expect(steps(INPUT, ...AWAY, opened(connection(9), 1000))).toEqual({
    value: at('away'),
    effects: [close(connection(9))],
  });
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(supervisorMachine)).toEqual([]);
});
