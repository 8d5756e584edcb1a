/** The registry's end of a connection on its client socket as a pure step: a command, a consumer, a snapshot (R1.3). */

import { expect, it } from 'vitest';
import { clientLinkMachine } from '../../../../../actors/sessiond/client-link/machine.ts';
import {
  ANSWERS_PENDING_MAX,
  HELLO_MS_MAX,
  SNAPSHOT_ATTACH_MS_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import type { ClientLinkInput } from '../../../../../actors/sessiond/messages.ts';
import type { Credentials } from '../../../../../src/port/identity.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type ReplyValue,
  type SessionInfo,
  type ToClient,
  type ToConsumer,
  type ToRegistry,
} from '../../../../../src/wire/control/messages.ts';
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
const CONNECTION = 'wire-5';
const LINK = 'client-5';
const RECORDS = '/run/lttng-ts/sessions';
const UUID = '00000000-0000-4000-8000-000000000001';
const SESSION = `session-${UUID}`;
const INPUT: ClientLinkInput = {
  link: LINK,
  connection: CONNECTION,
  peer: PEER,
  registry: 'registry',
  registryPid: 2,
  scope: 'global',
  records: RECORDS,
  isAllowed: true,
};

const steps = stepsOf(clientLinkMachine);

const says = (message: ToRegistry) => said(CONNECTION, message);
const answers = (message: ToClient | ToConsumer) => send(CONNECTION, message);
const helloOf = (major: number) => says({ type: 'hello', major, minor: 0 });
const request = says({ type: 'request', id: 8, operation: { op: 'app.list', from: 0 } });
const attach = says({ type: 'attach', session: UUID });
const finished = says({ type: 'finished' });
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
const replyOf = (id: number, value: ReplyValue) => ({ type: 'reply.value', id, value }) as const;
const confirmed = { type: 'journal.confirmed', name: UUID } as const;
const failure = {
  type: 'reply.failure',
  id: 8,
  code: 'NO_SESSION',
  reason: 'There is no session "web"',
} as const;
const toConsumer = { type: 'consumer.tell', message: { type: 'flush', token: 3 } } as const;
const accepted = { type: 'consumer.accepted' } as const;

/** The events that lead to a state. */
const SERVING = [helloOf(CONTROL_PROTOCOL_MAJOR)] as const;
const ATTACHING = [...SERVING, attach] as const;
const CONSUMER = [...ATTACHING, accepted] as const;
const ATTACHING_SNAPSHOT = [
  ...SERVING,
  says({ type: 'attach', session: UUID, snapshot: true }),
] as const;
const SNAPSHOT = [...ATTACHING_SNAPSHOT, accepted] as const;
const COPYING = [...SNAPSHOT, says({ type: 'opened' })] as const;

const cutOff = (reason: string) => log('peer.cutOff', { cause: 'protocol', reason, ...PEER });
const ended = (...effects: object[]) => ({
  value: 'closed',
  effects: [
    ...effects,
    close(CONNECTION),
    tell('registry', { type: 'link.closed', link: LINK, kind: 'client', uid: PEER.uid }),
  ],
});
const serving = (...effects: object[]) => ({ value: { serving: 'client' }, effects });
const toSession = (event: object) => tell(SESSION, event);
const consumerLost = toSession({ type: 'consumer.lost', link: LINK });
const snapshotEnded = toSession({ type: 'snapshot.ended', link: LINK });

it('waits for hello, for a limited time', () => {
  expect(steps(INPUT)).toEqual({
    value: 'authorising',
    effects: [adopt(CONNECTION)],
    delays: [HELLO_MS_MAX],
  });
});

it('welcomes a client that may use the registry (R1.3)', () => {
  const welcome = { type: 'welcome', major: CONTROL_PROTOCOL_MAJOR, minor: 0 } as const;
  expect(steps(INPUT, ...SERVING)).toEqual(
    serving(answers({ ...welcome, scope: 'global', pid: 2 })),
  );
});

it.each([
  [
    'its user may not use the registry (R1.3)',
    { ...INPUT, isAllowed: false },
    helloOf(CONTROL_PROTOCOL_MAJOR),
    'NOT_ALLOWED',
    'this user is not in the group that may use this registry',
  ],
  [
    'it has another version',
    INPUT,
    helloOf(CONTROL_PROTOCOL_MAJOR + 1),
    'INCOMPATIBLE',
    `the registry has version ${CONTROL_PROTOCOL_MAJOR} of the control protocol`,
  ],
  [
    'its first message is not hello',
    INPUT,
    request,
    'INCOMPATIBLE',
    `the registry has version ${CONTROL_PROTOCOL_MAJOR} of the control protocol`,
  ],
] as const)('refuses a client, with the reason, when %s', (_, input, event, code, reason) => {
  expect(steps(input, event)).toEqual(
    ended(answers({ type: 'refused', code, reason }), cutOff(reason)),
  );
});

it('cuts off a client that sends nothing', () => {
  expect(steps(INPUT, passed(HELLO_MS_MAX))).toEqual(ended(cutOff('did not send hello in time')));
});

it('passes a request to the registry, with the credentials of the peer', () => {
  const received = { type: 'request.received', link: LINK, id: 8, peer: PEER };
  expect(steps(INPUT, ...SERVING, request)).toEqual(
    serving(tell('registry', { ...received, operation: { op: 'app.list', from: 0 } })),
  );
});

it('passes an answer to the client', () => {
  expect(steps(INPUT, ...SERVING, replyOf(8, { apps: [] }))).toEqual(
    serving(answers({ type: 'reply', id: 8, value: { apps: [] } })),
  );
});

it.each([
  ['', {}],
  [', with the session that needs a consumer', { session: UUID }],
])('passes a refusal to the client%s', (_, more) => {
  const { id, code, reason } = failure;
  expect(steps(INPUT, ...SERVING, { ...failure, ...more })).toEqual(
    serving(answers({ type: 'failure', id, code, reason, ...more })),
  );
});

it('asks the journal whether a session is on disk before it answers with it', () => {
  expect(steps(INPUT, ...SERVING, replyOf(8, { session: info }))).toEqual(
    serving({ type: 'journal.confirm', directory: RECORDS, name: UUID }),
  );
  expect(steps(INPUT, ...SERVING, replyOf(8, { session: info }), confirmed)).toEqual(
    serving(answers({ type: 'reply', id: 8, value: { session: info } })),
  );
});

it('reports a session that is not on disk', () => {
  const unwritten = { ...confirmed, error: osError('ENOSPC', RECORDS) };
  const value = { session: info, unwritten: 'ENOSPC' };
  expect(steps(INPUT, ...SERVING, replyOf(8, { session: info }), unwritten)).toEqual(
    serving(answers({ type: 'reply', id: 8, value })),
  );
});

it('confirms several answers in the order in which they came', () => {
  const events = [replyOf(8, { session: info }), replyOf(9, { session: info }), confirmed] as const;
  expect(steps(INPUT, ...SERVING, ...events)).toEqual(
    serving(answers({ type: 'reply', id: 8, value: { session: info } })),
  );
  expect(steps(INPUT, ...SERVING, ...events, confirmed)).toEqual(
    serving(answers({ type: 'reply', id: 9, value: { session: info } })),
  );
});

it(`lets ${ANSWERS_PENDING_MAX} answers wait for the journal, and cuts a client off that asks for more`, () => {
  const most = Array.from({ length: ANSWERS_PENDING_MAX - 1 }, (_, index) =>
    replyOf(index + 100, { session: info }),
  );
  const one = replyOf(8, { session: info });
  expect(steps(INPUT, ...SERVING, ...most, one)).toEqual(
    serving({ type: 'journal.confirm', directory: RECORDS, name: UUID }),
  );
  expect(steps(INPUT, ...SERVING, ...most, one, replyOf(9, { apps: [] }))).toEqual(
    serving(answers({ type: 'reply', id: 9, value: { apps: [] } })),
  );
  expect(steps(INPUT, ...SERVING, ...most, one, replyOf(9, { session: info }))).toEqual(
    ended(cutOff('sent too many requests at once')),
  );
});

it.each([
  [false, ATTACHING],
  [true, ATTACHING_SNAPSHOT],
])('asks the registry whether a consumer may attach (snapshot: %s)', (isSnapshot, events) => {
  const attaching = { type: 'consumer.attaching', link: LINK, peer: PEER, sessionUuid: UUID };
  expect(steps(INPUT, ...events)).toEqual({
    value: { serving: 'attaching' },
    effects: [tell('registry', { ...attaching, isSnapshot })],
  });
});

it('forwards the reason why a consumer may not attach', () => {
  const [code, reason] = ['ALREADY', 'it has one'] as const;
  expect(steps(INPUT, ...ATTACHING, { type: 'consumer.refused', code, reason })).toEqual(
    ended(answers({ type: 'refused', code, reason }), cutOff(reason)),
  );
});

it('serves an accepted consumer, and an accepted snapshot, which must attach in time', () => {
  expect(steps(INPUT, ...CONSUMER)).toEqual({ value: { serving: 'consumer' }, effects: [] });
  expect(steps(INPUT, ...SNAPSHOT)).toEqual({
    value: { serving: { snapshot: 'attaching' } },
    effects: [],
    delays: [SNAPSHOT_ATTACH_MS_MAX],
  });
});

it('forwards messages of the session to a consumer, and to a snapshot', () => {
  for (const events of [CONSUMER, SNAPSHOT, COPYING]) {
    expect(steps(INPUT, ...events, toConsumer).effects).toEqual([answers(toConsumer.message)]);
  }
});

const SHORT = {
  unwritten: { streams: 2, code: 'ENOSPC' },
  lost: { events: 5, streams: 0, moved: 0 },
} as const;

it.each([
  [{ type: 'opened' }, [{ type: 'consumer.opened' }]],
  [{ type: 'outcome', ...SHORT }, [{ type: 'consumer.outcome', outcome: SHORT }]],
  [
    { type: 'flushed', token: 3, ...SHORT },
    [
      { type: 'consumer.outcome', outcome: SHORT },
      { type: 'consumer.flushed', token: 3 },
    ],
  ],
  [
    { type: 'finished' },
    [{ type: 'consumer.outcome', outcome: {} }, { type: 'consumer.finished' }],
  ],
  [{ type: 'stream.released', streamId: 7 }, [{ type: 'consumer.released', streamId: 7 }]],
  [{ type: 'kernel.reached', token: 3 }, [{ type: 'consumer.reachedPages', token: 3 }]],
  [{ type: 'kernel.taken', token: 3 }, [{ type: 'consumer.tookPages', token: 3 }]],
  [
    { type: 'kernel.taken', token: 3, failed: { code: 'EIO', reason: 'x' } },
    [{ type: 'consumer.tookPages', token: 3, failed: { code: 'EIO', reason: 'x' } }],
  ],
] as const)('passes to the session what its consumer reports: $type', (message, events) => {
  expect(steps(INPUT, ...CONSUMER, says(message))).toEqual({
    value: { serving: 'consumer' },
    effects: events.map((event) => toSession(event)),
  });
});

it('tells the session that its consumer is lost', () => {
  expect(steps(INPUT, ...CONSUMER, closed(CONNECTION))).toEqual(ended(consumerLost));
});

it('tells the session that a snapshot has attached its streams, then that it has ended', () => {
  expect(steps(INPUT, ...COPYING)).toEqual({
    value: { serving: { snapshot: 'copying' } },
    effects: [toSession({ type: 'snapshot.attached', link: LINK })],
  });
  expect(steps(INPUT, ...COPYING, closed(CONNECTION))).toEqual(ended(snapshotEnded));
  expect(steps(INPUT, ...SNAPSHOT, closed(CONNECTION))).toEqual(ended(snapshotEnded));
});

it('cuts off a snapshot that does not attach its streams in time', () => {
  const reason = 'did not attach the streams of its snapshot in time';
  expect(steps(INPUT, ...SNAPSHOT, passed(SNAPSHOT_ATTACH_MS_MAX))).toEqual(
    ended(snapshotEnded, cutOff(reason)),
  );
});

it.each([
  ['a client', SERVING, finished, 'finished', []],
  ['a client that attaches', ATTACHING, attach, 'attach', []],
  ['a consumer', CONSUMER, request, 'request', [consumerLost]],
  ['a snapshot that attaches', SNAPSHOT, finished, 'finished', [snapshotEnded]],
  ['a snapshot that copies', COPYING, finished, 'finished', [snapshotEnded]],
] as const)('cuts off %s that breaks the protocol', (_, events, event, type, before) => {
  expect(steps(INPUT, ...events, event)).toEqual(
    ended(...before, cutOff(`sent "${type}" at the wrong time`)),
  );
});

it('ends when the connection closes before hello', () => {
  expect(steps(INPUT, closed(CONNECTION))).toEqual(ended());
});

it('ignores an answer for a command that has become a consumer', () => {
  for (const event of [replyOf(8, {}), failure, confirmed]) {
    const nothing = { value: { serving: 'consumer' }, effects: [] };
    expect(steps(INPUT, ...CONSUMER, event)).toEqual(nothing);
  }
  expect(steps(INPUT, ...SERVING, toConsumer)).toEqual(serving());
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(clientLinkMachine)).toEqual([]);
});
