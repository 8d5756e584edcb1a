/** Events that the step tests of a consumer send, and effects that they expect. */
import type { ConsumerInput } from '../../../../../actors/consumerd/consumer/context.ts';
import { consumerMachine } from '../../../../../actors/consumerd/consumer/machine.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type ToConsumer,
  type ToRegistry,
} from '../../../../../src/wire/control/messages.ts';
import { CONSUMERD_EXIT } from '../../../../../src/wire/exit-status.ts';
import { passed, stepsOf } from '../../../../support/step.ts';
import {
  closed,
  exit,
  log,
  opened,
  said,
  send,
  signalled,
} from '../../../../support/step-events.ts';
import { STREAM } from '../stream.ts';

export const SESSION = '00000000-0000-4000-8000-000000000001';
export const INPUT: ConsumerInput = {
  registry: { scope: 'global', clientPath: '/run/lttng-ts/client.sock', ownerUid: 0 },
  sessionUuid: SESSION,
  domain: 'user',
  into: undefined,
};
/** How often, and how many times, a lost registry is looked for when no application is left. */
export const RELOOK_MS = 250;
export const LOOKS_MAX = 40;

export const steps = stepsOf(consumerMachine);

export const says = (message: ToConsumer, attempt = 1) => said(`registry-${attempt}`, message);
export const answers = (message: ToRegistry, attempt = 1) => send(`registry-${attempt}`, message);
export const welcomeOf = (major: number, attempt = 1) =>
  says({ type: 'welcome', major, minor: 0, scope: 'global', pid: 2 }, attempt);
export const sessionOf = (attempt = 1) =>
  says(
    { type: 'session', name: 'web', uuid: SESSION, output: '/home/alice/trace', segments: [70] },
    attempt,
  );
export const refusal = (code: 'ALREADY' | 'NO_SESSION', attempt = 1) =>
  says({ type: 'refused', code, reason: 'it is refused' }, attempt);
export const adding = says({ type: 'stream.add', stream: STREAM });
export const checked = (isAlive: boolean) =>
  ({ type: 'process.checked', pid: 40, tid: 40, startedAt: 9, isAlive }) as const;
export const terminated = signalled('SIGTERM');
export const traceClosed = { type: 'recorder.closed', outcome: {} } as const;
/** The disk is full, and 5 events are gone. */
export const SHORT = {
  unwritten: { streams: 2, code: 'ENOSPC' },
  lost: { events: 5, streams: 0, moved: 0 },
} as const;

/** The events that lead to a state, on the connection of this attempt. */
export const greeting = (attempt = 1) => [opened(`registry-${attempt}`, 0)];
export const attaching = (attempt = 1) => [
  ...greeting(attempt),
  welcomeOf(CONTROL_PROTOCOL_MAJOR, attempt),
];
export const CONSUMING = [...attaching(), sessionOf()];
export const ALONE = [...CONSUMING, closed('registry-1')];
export const REJOINING = [...ALONE, passed(RELOOK_MS)];
export const CLOSING = [...CONSUMING, says({ type: 'finish' })];
export const LEAVING = [...CLOSING, traceClosed];
export const YIELDING = [...REJOINING, opened('registry-2', 0), refusal('ALREADY', 2)];
export const ENDED = [...LEAVING, closed('registry-1')];

export const endLine = (reason: string) => log('consumer.failed', { reason });
/** It never had a session, and ends. */
export const notJoined = (reason: string, code: number = CONSUMERD_EXIT.notAttached) => ({
  value: 'ended',
  effects: [endLine(reason), exit(code)],
});
