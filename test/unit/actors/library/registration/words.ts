/** Events that the step tests of a registration send, and effects that they expect. */

import type { RegistrationInput } from '../../../../../actors/library/messages.ts';
import { registrationMachine } from '../../../../../actors/library/registration/machine.ts';
import type { FileInfo } from '../../../../../src/port/files.ts';
import type { OsErrorCode } from '../../../../../src/port/os-error.ts';
import {
  APP_PROTOCOL_MAJOR,
  type HandshakeToApp,
  type SessionPart,
  type StateMessage,
} from '../../../../../src/wire/app/messages.ts';
import { COMMON_PIPE_MODE } from '../../../../../src/wire/endpoints.ts';
import { passed, stepsOf } from '../../../../support/step.ts';
import { close, closed, opened, osError, said, tell } from '../../../../support/step-events.ts';

export const PIPE = '/tmp/.lttng-ts-apps';
export const SOCKET = '/run/lttng-ts/apps.sock';
export const SCOPE = 'global';
export const INPUT: RegistrationInput = {
  application: 'application',
  scope: SCOPE,
  socketPath: SOCKET,
  ownerUid: 0,
  pipePath: PIPE,
  processName: 'web',
  tid: 41,
  incarnation: '5',
};

export const steps = stepsOf(registrationMachine);

export const main = (attempt = 1) => `global-main-${attempt}`;
export const own = (attempt = 1) => `global-own-${attempt}`;

export const directoryInspected = (info: Partial<FileInfo> = {}) => ({
  type: 'file.inspected' as const,
  path: '/run/lttng-ts',
  info: { kind: 'directory', uid: 0, gid: 0, mode: 0o755, byteLength: 0, ...info } as FileInfo,
});
export const directoryFound = directoryInspected();
export const inspected = (info?: Partial<FileInfo>) => ({
  type: 'file.inspected' as const,
  path: SOCKET,
  ...(info === undefined
    ? { error: osError('ENOENT', SOCKET) }
    : {
        info: { kind: 'socket', uid: 0, gid: 0, mode: 0o666, byteLength: 0, ...info } as FileInfo,
      }),
});
export const socketFound = inspected({});
export const nothingFound = inspected();
/** Messages of the registry on the connection of the handshake. */
export const says = (message: HandshakeToApp | StateMessage, attempt = 1) =>
  said(main(attempt), message);
export const welcomeOf = (major: number, attempt = 1) =>
  says({ type: 'welcome', major, minor: 0 }, attempt);
export const identified = (uid = 0) =>
  ({ type: 'wire.identified', connection: own(), peer: { pid: 9, uid, gid: uid } }) as const;
export const identifyFailed = (detail: string) =>
  ({
    type: 'wire.identifyFailed',
    connection: own(),
    error: { ...osError('ENOSYS', own()), detail },
  }) as const;
export const identify = { type: 'wire.identify', connection: own() };
export const accepted = (attempt = 1) => says({ type: 'registered' }, attempt);
export const given = (attempt = 1) =>
  ({ type: 'wire.socketPassed', connection: own(attempt), token: 'f00d' }) as const;
export const giveFailed = (code: OsErrorCode) =>
  ({ type: 'wire.passSocketFailed', connection: own(), error: osError(code, SOCKET) }) as const;
export const pipeSignalled = { type: 'pipe.signalled', path: PIPE } as const;
export const defined = { type: 'tracepoints.changed' } as const;
export const part = (uuid: string): SessionPart => ({ uuid, active: true, channels: [] });
export const stateOf = (revision: number, sessions: SessionPart[], more?: true): StateMessage => ({
  type: 'state',
  revision,
  sessions,
  ...(more === undefined ? {} : { more }),
});
export const wants = (...state: Parameters<typeof stateOf>) => said(own(), stateOf(...state));
export const applied = { type: 'tracer.applied', scope: SCOPE, revision: 1, refused: [] } as const;
export const changedTo = (registration: RegistrationInput | undefined) =>
  ({ type: 'user.changed', registration }) as const;

/** The events that lead to a state. */
export const CONNECTING = [directoryFound, socketFound] as const;
export const NEGOTIATING = [...CONNECTING, opened(main())] as const;
export const PASSING = [...NEGOTIATING, welcomeOf(APP_PROTOCOL_MAJOR)] as const;
export const REGISTERING = [...PASSING, given()] as const;
export const REGISTERED = [...REGISTERING, accepted()] as const;
export const IDENTIFIED = [...REGISTERED, wants(1, [part('a')]), identified()] as const;
export const LISTENING = [directoryFound, nothingFound, passed(20)] as const;

export const awaitPipe = [
  { type: 'pipe.unawait', path: PIPE },
  { type: 'pipe.await', path: PIPE, mode: COMMON_PIPE_MODE },
];
export const probe = [...awaitPipe, { type: 'file.inspect', path: '/run/lttng-ts' }];
export const settle = tell('application', { type: 'registration.settled', scope: SCOPE });
export const closeBoth = [close(main()), close(own())];
export const describeTracepoints = { type: 'tracer.describe', scope: SCOPE };
export const detach = { type: 'tracer.detach', scope: SCOPE };
export const apply = (state: StateMessage) => ({ type: 'tracer.apply', scope: SCOPE, state });
export const resting = (effects: readonly object[], ms = 20) => ({
  value: { waitingOnPipe: 'resting' },
  effects,
  delays: [ms],
});

/** Attempts that each end with a new signal, at once: no registry is found. */
export const restless = (times: number) =>
  Array.from({ length: times }, (_, index) => [
    directoryFound,
    nothingFound,
    pipeSignalled,
    passed(Math.min(20 * 2 ** index, 1_000)),
  ]).flat();

/** The same with a registry that ends each registration. The last attempt only begins to rest. */
export const turnedAway = (times: number) =>
  Array.from({ length: times }, (_, index) => {
    const ms = Math.min(20 * 2 ** index, 10_000);
    const seconds = Array.from({ length: Math.ceil(ms / 1000) }, (_value, second) =>
      passed(Math.min(ms - 1000 * second, 1000)),
    );
    const connection = main(index + 1);
    const attempt = [directoryFound, socketFound, opened(connection), closed(connection)];
    return [...attempt, ...(index === times - 1 ? [] : [pipeSignalled, ...seconds])];
  }).flat();
