/**
 * A command of `lttng` as a pure step (R1.4, R1.8, R1.20). This file tests the steps of its plan. The other files test
 * how it finds a registry, and what it does when the registry dies. This file imports them all, so that its last test
 * covers every step.
 */
import './finding.ts';
import './returning.ts';
import { expect, it } from 'vitest';
import { clientMachine } from '../../../../actors/client/machine.ts';
import type { StepResult } from '../../../../actors/client/plans/plan.ts';
import type { ProcessExit } from '../../../../src/port/processes.ts';
import type { SessionInfo } from '../../../../src/wire/control/messages.ts';
import { CONSUMERD_EXIT, SNAPSHOT_EXIT } from '../../../../src/wire/exit-status.ts';
import { CONSUMER_PROGRAM, KERNEL_CONSUMER_PROGRAM } from '../../../../src/wire/launch.ts';
import { passed, untried } from '../../../support/step.ts';
import { closed, log, openFailed, osError, signalled } from '../../../support/step-events.ts';
import {
  COPY,
  chose,
  connection,
  DESTROY,
  doneWith,
  failed,
  failure,
  inputOf,
  interrupted,
  joined,
  LIST,
  processEnded,
  REPLY_MS_MAX,
  REST,
  RUN,
  replied,
  request,
  SNAPSHOT_MS_MAX,
  STOP,
  spawn,
  spawned,
  spawnFailed,
  steps,
  terminated,
  UUID,
  welcomed,
  working,
} from './words.ts';

const info: SessionInfo = {
  name: 'web',
  uuid: UUID,
  uid: 1000,
  state: 'active',
  output: '/home/alice/trace',
  channels: [],
  streams: 0,
  streamsMade: 0,
  writers: 0,
};
const noConsumer = failed(1, 'NO_CONSUMER', { session: UUID });
const bringing = (id: number, more: readonly string[] = []) => [
  spawn('consumer', {
    program: CONSUMER_PROGRAM,
    args: ['global', UUID, '--log-file', ...more],
  }),
  request(id, { op: 'consumer.await', session: UUID }),
];
const STOPPING = inputOf(STOP);
const SPAWNING_CONSUMER = [...joined(), noConsumer] as const;

it('ends when its plan has no further step', () => {
  const { value, effects } = doneWith([]);
  expect(steps(inputOf(), ...joined())).toEqual({ value, effects: [welcomed(), ...effects] });
});

it('gives each answer to its plan, and takes the step that the plan names next', () => {
  expect(steps(inputOf(LIST, STOP), ...joined(), replied(1, { apps: [] }))).toEqual(
    working(
      'requesting',
      [chose(STOP), request(2, { op: 'session.stop', session: 'web' })],
      REPLY_MS_MAX,
    ),
  );
  expect(steps(inputOf(LIST), ...joined(), replied(1, { apps: [] }))).toEqual(
    doneWith([{ kind: 'reply', value: { apps: [] } }]),
  );
  expect(steps(inputOf(LIST), ...joined(), failed(1, 'NOT_ALLOWED'))).toEqual(
    doneWith([failure('NOT_ALLOWED')]),
  );
});

it('warns of a session that the registry cannot record on disk', () => {
  const value = { session: info, unwritten: 'ENOSPC' };
  const message = 'session.notDurable';
  const { value: done, effects } = doneWith([{ kind: 'reply', value }]);
  expect(steps(STOPPING, ...joined(), replied(1, value))).toEqual({
    value: done,
    effects: [log(message, { session: 'web', code: 'ENOSPC' }), ...effects],
  });
});

it('gives the registry a minute to answer', () => {
  const silent = doneWith([failure('NO_ANSWER', 'The registry does not answer')]);
  expect(steps(STOPPING, ...joined(), passed(REPLY_MS_MAX))).toEqual(silent);
  expect(steps(STOPPING, ...SPAWNING_CONSUMER, passed(REPLY_MS_MAX))).toEqual(silent);
});

it('starts a consumer with its own credentials when the session needs one (R1.20)', () => {
  expect(steps(STOPPING, ...SPAWNING_CONSUMER)).toEqual(
    working('spawningConsumer', bringing(2), REPLY_MS_MAX),
  );
  const input = { ...STOPPING, consumerArgs: ['--into', '/srv'] };
  expect(steps(input, ...SPAWNING_CONSUMER).effects).toEqual(bringing(2, ['--into', '/srv']));
});

it('starts the consumer of the kernel for the kernel part of a session (R1.20, R1.24)', () => {
  const ofKernel = failed(1, 'NO_CONSUMER', { session: UUID, domain: 'kernel' });
  expect(steps(STOPPING, ...joined(), ofKernel).effects[0]).toEqual(
    spawn('consumer', {
      program: KERNEL_CONSUMER_PROGRAM,
      args: ['global', UUID, '--log-file'],
    }),
  );
});

it('asks again when the consumer can write', () => {
  expect(steps(STOPPING, ...SPAWNING_CONSUMER, replied(2))).toEqual(
    working('requesting', [request(3, { op: 'session.stop', session: 'web' })], REPLY_MS_MAX),
  );
});

it('starts one consumer for each step, and no second one', () => {
  const again = failed(3, 'NO_CONSUMER', { session: UUID });
  expect(steps(STOPPING, ...SPAWNING_CONSUMER, replied(2), again)).toEqual(
    doneWith([failure('NO_CONSUMER')]),
  );
  const next = failed(4, 'NO_CONSUMER', { session: UUID });
  const events = [...SPAWNING_CONSUMER, replied(2), replied(3), next] as const;
  expect(steps(inputOf(STOP, STOP), ...events)).toEqual(
    working('spawningConsumer', bringing(5), REPLY_MS_MAX),
  );
});

it.each([
  ['the registry reports it', failed(2, 'CONSUMER_FAILED'), 'it says why'],
  ['it cannot be started', spawnFailed('consumer'), 'Cannot start the consumer (ENOENT)'],
  ['it ends', processEnded('consumer', { code: 2 }), 'The consumer ended at once (status 2)'],
])('fails the step when the consumer does not attach: %s', (_, event, reason) => {
  expect(steps(STOPPING, ...SPAWNING_CONSUMER, event)).toEqual(
    doneWith([failure('CONSUMER_FAILED', reason)]),
  );
});

it.each([
  ['has finished its work', { code: 0 }],
  ['is superfluous, since another client has started one', { code: CONSUMERD_EXIT.hasAnother }],
])('waits for the answer when the consumer ends that %s', (_, exit) => {
  expect(steps(STOPPING, ...SPAWNING_CONSUMER, processEnded('consumer', exit))).toEqual(
    working('spawningConsumer', []),
  );
});

it('treats a session as gone that others end while it starts a consumer', () => {
  const events = [...SPAWNING_CONSUMER, replied(2), failed(3, 'NO_SESSION')] as const;
  expect(steps(inputOf(DESTROY), ...events)).toEqual(doneWith([{ kind: 'gone' }]));
  expect(steps(STOPPING, ...events)).toEqual(doneWith([failure('NO_SESSION')]));
});

it('rests for as long as its plan says', () => {
  expect(steps(inputOf(REST), ...joined())).toEqual(
    working('resting', [welcomed(), chose(REST)], 300),
  );
  expect(steps(inputOf(REST), ...joined(), passed(300))).toEqual(doneWith([{ kind: 'rested' }]));
});

const runChild = {
  type: 'process.spawn',
  key: 'child',
  program: 'make',
  args: ['all'],
  environment: { A: 'b' },
  style: 'inherit',
};
const killed = (key: string) => ({ type: 'process.kill', key, signal: 'SIGTERM' });

it('runs a command on its terminal, and waits for its end', () => {
  expect(steps(inputOf(RUN), ...joined())).toEqual(
    working('running', [welcomed(), chose(RUN), runChild]),
  );
  const exit = { code: 3 };
  expect(steps(inputOf(RUN), ...joined(), processEnded('child', exit))).toEqual(
    doneWith([{ kind: 'exit', exit }]),
  );
  expect(steps(inputOf(RUN), ...joined(), spawnFailed('child'))).toEqual(
    doneWith([{ kind: 'cannotRun', error: osError('ENOENT', 'child') }]),
  );
});

it('passes each signal on to the command, except those that the terminal sends it', () => {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) {
    const kill = { type: 'process.kill', key: 'child', signal } as const;
    expect(steps(inputOf(RUN), ...joined(), signalled(signal))).toEqual(working('running', [kill]));
    const shared = signalled(signal, true);
    expect(steps(inputOf(RUN), ...joined(), shared)).toEqual(working('running', []));
  }
});

it('does not mistake the end of another process for that of the command', () => {
  expect(steps(inputOf(RUN), ...joined(), processEnded('consumer', { code: 0 }))).toEqual(
    working('running', []),
  );
});

it('copies the contents of the buffers with its own consumer (R1.23)', () => {
  const args = ['global', UUID, '--snapshot', '/home/alice/crash', '--log-file'];
  expect(steps(inputOf(COPY), ...joined())).toEqual(
    working(
      'copying',
      [welcomed(), chose(COPY), spawn('snapshot', { program: CONSUMER_PROGRAM, args })],
      SNAPSHOT_MS_MAX,
    ),
  );
});

it('says how large the copy may be', () => {
  const limited = { ...COPY, bytesMax: 65_536 } as const;
  const args = [
    'global',
    UUID,
    '--snapshot',
    '/home/alice/crash',
    '--max-size',
    '65536',
    '--log-file',
  ];
  expect(steps(inputOf(limited), ...joined()).effects).toContainEqual(
    spawn('snapshot', { program: CONSUMER_PROGRAM, args }),
  );
});

const noSnapshot = (why: string) => failure('SNAPSHOT_FAILED', `No snapshot was made: ${why}`);
it.each<[ProcessExit, StepResult]>([
  [{ code: 0 }, { kind: 'snapshot', isWhole: true }],
  [{ code: SNAPSHOT_EXIT.incomplete }, { kind: 'snapshot', isWhole: false }],
  [{ code: SNAPSHOT_EXIT.short }, { kind: 'snapshot', isWhole: true, isShort: true }],
  [{ code: SNAPSHOT_EXIT.shortAndIncomplete }, { kind: 'snapshot', isWhole: false, isShort: true }],
  [
    { code: SNAPSHOT_EXIT.noRoom },
    noSnapshot('its largest size has no room for the newest packet of any stream'),
  ],
  [
    { code: SNAPSHOT_EXIT.tooMany },
    failure('LIMIT', 'The session has reached its limit of concurrent snapshots; try again later'),
  ],
  [
    { code: SNAPSHOT_EXIT.notWritten },
    noSnapshot('its trace could not be written; see the log of ust-consumerd'),
  ],
  [
    { code: SNAPSHOT_EXIT.notAttached },
    noSnapshot('it could not attach to the session; see the log of ust-consumerd'),
  ],
  [{ code: SNAPSHOT_EXIT.interrupted }, noSnapshot('it was interrupted')],
  [{ code: 70 }, noSnapshot('its consumer ended (status 70)')],
  [{ signal: 'SIGKILL' }, noSnapshot('its consumer ended (SIGKILL)')],
])('reports the result of the snapshot: %j', (exit, result) => {
  expect(steps(inputOf(COPY), ...joined(), processEnded('snapshot', exit))).toEqual(
    doneWith([result]),
  );
});

it('fails when no consumer can be started for the snapshot', () => {
  expect(steps(inputOf(COPY), ...joined(), spawnFailed('snapshot'))).toEqual(
    doneWith([failure('SNAPSHOT_FAILED', 'Cannot start a consumer for the snapshot (ENOENT)')]),
  );
});

it('ends the snapshot at a signal, and after ten minutes', () => {
  expect(steps(inputOf(COPY), ...joined(), interrupted)).toEqual(
    working('copying', [killed('snapshot')]),
  );
  const late = 'The snapshot took too long and was aborted';
  const { value, effects } = doneWith([failure('SNAPSHOT_FAILED', late)]);
  expect(steps(inputOf(COPY), ...joined(), passed(SNAPSHOT_MS_MAX))).toEqual({
    value,
    effects: [killed('snapshot'), ...effects],
  });
});

const INTERRUPTED = failure('INTERRUPTED', 'Interrupted');

it('waits for the answer at a first signal, so that its plan can undo its changes', () => {
  expect(steps(inputOf(LIST, STOP), ...joined(), interrupted)).toEqual(working('requesting', []));
  const answered = [...joined(), interrupted, replied(1)] as const;
  expect(steps(inputOf(LIST, STOP), ...answered)).toEqual(
    doneWith([{ kind: 'reply', value: {} }, INTERRUPTED]),
  );
});

it('is not interrupted when the answer completes its plan', () => {
  expect(steps(inputOf(LIST), ...joined(), interrupted, replied(1))).toEqual(
    doneWith([{ kind: 'reply', value: {} }]),
  );
  const brought = [...SPAWNING_CONSUMER, interrupted, replied(2), replied(3)] as const;
  expect(steps(STOPPING, ...brought)).toEqual(doneWith([{ kind: 'reply', value: {} }]));
});

it('ends at once at a second signal, and at the first one while it rests', () => {
  expect(steps(STOPPING, ...joined(), interrupted, interrupted)).toEqual(doneWith([INTERRUPTED]));
  // A terminal that ends may send several.
  const hungUp = [signalled('SIGHUP'), signalled('SIGHUP')] as const;
  expect(steps(STOPPING, ...joined(), ...hungUp)).toEqual(working('requesting', []));
  expect(steps(STOPPING, ...joined(), ...hungUp, terminated)).toEqual(doneWith([INTERRUPTED]));
  expect(steps(inputOf(REST), ...joined(), interrupted)).toEqual(doneWith([INTERRUPTED]));
  expect(steps(STOPPING, ...SPAWNING_CONSUMER, interrupted, interrupted)).toEqual(
    doneWith([INTERRUPTED]),
  );
});

it('ignores events that are late or concern something else', () => {
  const late = [
    replied(9),
    failed(9, 'NO_CONSUMER', { session: UUID }),
    closed(connection(9)),
    openFailed(connection(9), 'ENOENT'),
    spawned('sessiond-1'),
    spawnFailed('sessiond-1'),
    processEnded('sessiond-1', { code: 0 }),
  ] as const;
  for (const event of late) {
    expect(steps(STOPPING, ...joined(), event)).toEqual(working('requesting', []));
  }
  for (const event of [...late, interrupted]) {
    const over = [...joined(), replied(1), event] as const;
    expect(steps(STOPPING, ...over)).toEqual({ value: 'done', effects: [] });
  }
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(clientMachine)).toEqual([]);
});
