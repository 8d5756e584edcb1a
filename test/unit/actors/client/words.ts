/** Events that the step tests of a client send, and effects that they expect. */

import type { ClientInput } from '../../../../actors/client/context.ts';
import { clientMachine } from '../../../../actors/client/machine.ts';
import type {
  ClientErrorCode,
  Plan,
  Step,
  StepResult,
} from '../../../../actors/client/plans/plan.ts';
import type { ProcessExit } from '../../../../src/port/processes.ts';
import type { ErrorCode } from '../../../../src/wire/control/error-code.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type Operation,
  type ReplyValue,
  type ToClient,
} from '../../../../src/wire/control/messages.ts';
import type { RegistryCandidate } from '../../../../src/wire/endpoints.ts';
import { stepsOf } from '../../../support/step.ts';
import {
  adopt,
  close,
  opened,
  openFailed,
  osError,
  said,
  send,
  signalled,
} from '../../../support/step-events.ts';

export const GLOBAL: RegistryCandidate = {
  scope: 'global',
  clientPath: '/run/lttng-ts/client.sock',
  ownerUid: 0,
};
export const USER: RegistryCandidate = {
  scope: 'user',
  clientPath: '/home/alice/.lttng-ts/client.sock',
  ownerUid: 1000,
};
export const UUID = '00000000-0000-4000-8000-000000000001';
const ENVIRONMENT = { HOME: '/home/alice' };
export const SESSIOND = { program: 'lttng-ts:lttng-sessiond', args: ['--daemonize'] };

/** Bounds of a client. */
export const CONNECT_MS_MAX = 5000;
export const SPAWN_MS_MAX = 10_000;
export const SPAWN_RETRY_MS = 25;
export const RETURN_MS_MAX = 10_000;
export const TIMES_ASKED_AGAIN_MAX = 3;
export const REPLY_MS_MAX = 90_000;
export const SNAPSHOT_MS_MAX = 600_000;

/** A plan of these steps in order, regardless of their results. */
function planOf(...all: Step[]): Plan {
  return (results) => all[results.length];
}

export const LIST: Step = { kind: 'request', operation: { op: 'app.list', from: 0 } };
export const STOP: Step = { kind: 'request', operation: { op: 'session.stop', session: 'web' } };
/** The end of the session that the plan has created itself. */
export const DESTROY: Step = {
  kind: 'request',
  operation: { op: 'session.destroy', session: UUID },
  isAskedAgain: true,
};
export const REST: Step = { kind: 'rest', ms: 300 };
export const RUN: Step = { kind: 'run', program: 'make', args: ['all'], environment: { A: 'b' } };
export const COPY: Step = { kind: 'snapshot', session: UUID, output: '/home/alice/crash' };

/** A user's client: it may start a missing registry. */
export function inputOf(...all: Step[]): ClientInput {
  return {
    candidates: [GLOBAL, USER],
    sessiond: SESSIOND,
    environment: ENVIRONMENT,
    consumerArgs: [],
    plan: planOf(...all),
  };
}
/** Root's client: it uses only the global registry. */
export function rootInputOf(...all: Step[]): ClientInput {
  return { ...inputOf(...all), candidates: [GLOBAL] };
}
/** A user's client that cannot start a missing registry. */
export function withoutSessiond(...all: Step[]): ClientInput {
  return { ...inputOf(...all), sessiond: undefined };
}

export const steps = stepsOf(clientMachine);

export const connection = (attempt = 1) => `registry-${attempt}`;
export const says = (message: ToClient, attempt = 1) => said(connection(attempt), message);
export const welcomeOf = (major: number, scope: 'global' | 'user' = 'global', attempt = 1) =>
  says({ type: 'welcome', major, minor: 0, scope, pid: 2 }, attempt);
export const replied = (id: number, value: ReplyValue = {}, attempt = 1) =>
  says({ type: 'reply', id, value }, attempt);
export const failed = (id: number, code: ErrorCode, more: object = {}, attempt = 1) =>
  says({ type: 'failure', id, code, reason: 'it says why', ...more }, attempt);
export const processEnded = (key: string, exit: ProcessExit) =>
  ({ type: 'process.ended', key, exit }) as const;
export const spawnFailed = (key: string) =>
  ({ type: 'process.spawnFailed', key, error: osError('ENOENT', key) }) as const;
export const spawned = (key: string) => ({ type: 'process.spawned', key, pid: 9 }) as const;
export const interrupted = signalled('SIGINT');
export const terminated = signalled('SIGTERM');

/** The registry of this attempt, the global one, accepts the connection. */
export const joined = (attempt = 1) => [
  opened(connection(attempt), GLOBAL.ownerUid),
  welcomeOf(CONTROL_PROTOCOL_MAJOR, 'global', attempt),
];
/** Neither the global registry nor the user's registry runs. */
export const NONE_FOUND = [
  openFailed(connection(1), 'ENOENT'),
  openFailed(connection(2), 'ECONNREFUSED'),
];

export const greeting = (attempt = 1) => [
  adopt(connection(attempt)),
  send(connection(attempt), { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 }),
];
export const working = (state: string, effects: readonly object[], ...delays: number[]) => ({
  value: { working: state },
  effects,
  ...(delays.length === 0 ? {} : { delays }),
});
export const welcomed = (registry: object = {}) => ({
  type: 'client.welcomed',
  registry: {
    scope: 'global',
    pid: 2,
    major: CONTROL_PROTOCOL_MAJOR,
    minor: 0,
    isNew: false,
    ...registry,
  },
});
export const chose = (step: Step) => ({ type: 'client.step', step });
export const request = (id: number, operation: Operation, attempt = 1) =>
  send(connection(attempt), { type: 'request', id, operation });
export const spawn = (key: string, more: object) => ({
  type: 'process.spawn',
  key,
  environment: ENVIRONMENT,
  style: 'daemon',
  ...more,
});
export const failure = (code: ClientErrorCode, reason = 'it says why'): StepResult => ({
  kind: 'failure',
  code,
  reason,
});
const done = (
  results: readonly StepResult[],
  scope: 'global' | 'user' | undefined,
  attempt: number,
) => ({
  value: 'done',
  effects: [{ type: 'client.done', results, scope }, close(connection(attempt))],
});
/** The command ends with these results, while connected to a registry. */
export const doneWith = (results: readonly StepResult[], attempt = 1) =>
  done(results, 'global', attempt);
/** The command ends with these results, without a registry. */
export const doneAlone = (results: readonly StepResult[], attempt = 1) =>
  done(results, undefined, attempt);
