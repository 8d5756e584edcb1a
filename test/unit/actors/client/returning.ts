/** A client whose registry dies: the next registry of the same directory has its sessions (R1.11). */

import { expect, it } from 'vitest';
import { CONTROL_PROTOCOL_MAJOR, type ReplyValue } from '../../../../src/wire/control/messages.ts';
import { passed } from '../../../support/step.ts';
import { close, closed, open, opened, openFailed } from '../../../support/step-events.ts';
import {
  COPY,
  chose,
  connection,
  DESTROY,
  doneAlone,
  doneWith,
  failed,
  failure,
  GLOBAL,
  greeting,
  inputOf,
  interrupted,
  joined,
  LIST,
  processEnded,
  REPLY_MS_MAX,
  REST,
  RETURN_MS_MAX,
  RUN,
  replied,
  request,
  rootInputOf,
  SESSIOND,
  SPAWN_MS_MAX,
  SPAWN_RETRY_MS,
  STOP,
  spawn,
  steps,
  TIMES_ASKED_AGAIN_MAX,
  UUID,
  welcomed,
  welcomeOf,
  working,
} from './words.ts';

const lost = closed(connection());
const REGISTRY_LOST = failure('REGISTRY_LOST', 'The registry was lost');
const looking = (attempt: number, ...delays: number[]) => ({
  value: { returning: 'connecting' },
  effects: [open(connection(attempt), GLOBAL.clientPath, 'control.client')],
  ...(delays.length === 0 ? {} : { delays }),
});
const destroy = (id: number, attempt = 1) =>
  request(id, { op: 'session.destroy', session: UUID }, attempt);
const WRITTEN: ReplyValue = {
  session: {
    name: 'web',
    uuid: UUID,
    uid: 1000,
    state: 'active',
    output: '/home/alice/trace',
    channels: [],
    streams: 0,
    streamsMade: 0,
    writers: 0,
  },
};

/** The registry died during the end of the session, and the client looks for the next one. */
const RETURNING = [...joined(), lost] as const;
const ENDING = rootInputOf(DESTROY);

it('fails a request whose registry dies, since its outcome is unknown', () => {
  expect(steps(inputOf(STOP), ...joined(), lost)).toEqual(doneAlone([REGISTRY_LOST]));
  const noConsumer = failed(1, 'NO_CONSUMER', { session: UUID });
  expect(steps(inputOf(STOP), ...joined(), noConsumer, lost)).toEqual(doneAlone([REGISTRY_LOST]));
  expect(steps(inputOf(REST), ...joined(), lost)).toEqual(doneAlone([REGISTRY_LOST]));
});

it('looks for the next registry when its plan has more to ask', () => {
  const { value, effects, delays } = looking(2, RETURN_MS_MAX);
  expect(steps(inputOf(STOP, LIST), ...joined(), lost)).toEqual({
    value,
    effects: [chose(LIST), ...effects],
    delays,
  });
});

it('takes the step that it had chosen', () => {
  const events = [...joined(), lost, ...joined(2)] as const;
  expect(steps(inputOf(STOP, LIST), ...events)).toEqual(
    working('requesting', [welcomed(), request(2, { op: 'app.list', from: 0 }, 2)], REPLY_MS_MAX),
  );
});

it('needs no registry for a command that runs, or for a snapshot under way', () => {
  expect(steps(inputOf(RUN), ...joined(), lost)).toEqual(working('running', []));
  const ended = processEnded('child', { code: 0 });
  expect(steps(inputOf(RUN, LIST), ...joined(), lost, ended).value).toEqual({
    returning: 'connecting',
  });
  expect(steps(inputOf(COPY), ...joined(), lost)).toEqual(working('copying', []));
});

it('runs a command without a registry, since none is needed', () => {
  expect(steps(inputOf(STOP, RUN), ...joined(), lost).value).toEqual({ working: 'running' });
});

it('asks the next registry again for the end of its own session', () => {
  expect(steps(ENDING, ...RETURNING)).toEqual(looking(2, RETURN_MS_MAX));
  expect(steps(ENDING, ...RETURNING, ...joined(2))).toEqual(
    working('requesting', [welcomed(), destroy(2, 2)], REPLY_MS_MAX),
  );
  const noConsumer = failed(1, 'NO_CONSUMER', { session: UUID });
  expect(steps(ENDING, ...joined(), noConsumer, lost)).toEqual(looking(2, RETURN_MS_MAX));
});

it(`asks ${TIMES_ASKED_AGAIN_MAX} registries again that die one after the other, and no more`, () => {
  const deaths = (count: number) =>
    Array.from({ length: count }, (_, index) => [
      ...joined(index + 1),
      closed(connection(index + 1)),
    ]).flat();
  expect(steps(ENDING, ...deaths(TIMES_ASKED_AGAIN_MAX)).value).toEqual({
    returning: 'connecting',
  });
  expect(steps(ENDING, ...deaths(TIMES_ASKED_AGAIN_MAX + 1))).toEqual(
    doneAlone([REGISTRY_LOST], TIMES_ASKED_AGAIN_MAX + 1),
  );
});

it('treats a session as gone that the next registry does not have, if it was recorded on disk', () => {
  const input = rootInputOf(STOP, DESTROY);
  const missing = failed(3, 'NO_SESSION', {}, 2);
  const events = [...joined(), replied(1, WRITTEN), lost, ...joined(2), missing] as const;
  expect(steps(input, ...events)).toEqual(
    doneWith([{ kind: 'reply', value: WRITTEN }, { kind: 'gone' }], 2),
  );
});

it('fails when the next registry has never heard of the session', () => {
  const reason = 'The registry was lost, and the next registry does not know the session';
  expect(steps(ENDING, ...RETURNING, ...joined(2), failed(2, 'NO_SESSION', {}, 2))).toEqual(
    doneWith([failure('REGISTRY_LOST', reason)], 2),
  );
});

it('waits for the next registry when it may not start one', () => {
  const input = { ...ENDING, sessiond: undefined };
  const waiting = { value: { returning: 'waiting' }, effects: [], delays: [SPAWN_RETRY_MS] };
  const absent = openFailed(connection(2), 'ENOENT');
  expect(steps(input, ...RETURNING, absent)).toEqual(waiting);
  expect(steps(input, ...RETURNING, closed(connection(2)))).toEqual(waiting);
  expect(steps(input, ...RETURNING, absent, passed(SPAWN_RETRY_MS))).toEqual(looking(3));
});

it('starts the next registry when it is not there', () => {
  expect(steps(ENDING, ...RETURNING, openFailed(connection(2), 'ECONNREFUSED'))).toEqual({
    value: { spawning: 'waiting' },
    effects: [spawn('sessiond-1', SESSIOND)],
    delays: [SPAWN_MS_MAX, SPAWN_RETRY_MS],
  });
});

it('does not mistake the end of a registry that it started for that of the one before', () => {
  const starting = [
    ...RETURNING,
    openFailed(connection(2), 'ENOENT'),
    passed(SPAWN_RETRY_MS),
    ...joined(3),
    closed(connection(3)),
    openFailed(connection(4), 'ENOENT'),
  ] as const;
  expect(steps(ENDING, ...starting).effects).toEqual([spawn('sessiond-2', SESSIOND)]);
  expect(steps(ENDING, ...starting, processEnded('sessiond-1', { signal: 'SIGKILL' }))).toEqual({
    value: { spawning: 'waiting' },
    effects: [],
  });
});

it('uses no registry of another user, or of another version, in the same directory', () => {
  const waiting = {
    value: { returning: 'waiting' },
    effects: [close(connection(2))],
    delays: [SPAWN_RETRY_MS],
  };
  expect(steps(ENDING, ...RETURNING, opened(connection(2), 1000))).toEqual(waiting);
  const ours = opened(connection(2), 0);
  expect(steps(ENDING, ...RETURNING, ours)).toEqual({
    value: { returning: 'connecting' },
    effects: greeting(2),
  });
  const other = welcomeOf(CONTROL_PROTOCOL_MAJOR + 1, 'global', 2);
  expect(steps(ENDING, ...RETURNING, ours, other)).toEqual(waiting);
});

it('ends when no registry comes in time, or at a signal', () => {
  const reason = 'The registry was lost; the recorded data remains';
  expect(steps(ENDING, ...RETURNING, passed(RETURN_MS_MAX))).toEqual(
    doneAlone([failure('REGISTRY_LOST', reason)], 2),
  );
  expect(steps(ENDING, ...RETURNING, interrupted)).toEqual(
    doneAlone([failure('INTERRUPTED', 'Interrupted while waiting for the registry to return')], 2),
  );
});
