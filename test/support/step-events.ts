/** Events and effects that the step tests of several machines share. */
import type { LogEvent, LogFields } from '../../src/port/log.ts';
import type { OsError, OsErrorCode } from '../../src/port/os-error.ts';
import type { SignalName } from '../../src/port/processes.ts';

/** A system call's result on failure. */
export function osError(code: OsErrorCode, subject: string): OsError {
  return { code, call: 'some.call', subject };
}

/** `uid`: of the peer, if the connection was opened to identify it. */
export function opened(connection: string, uid?: number) {
  const peer = uid === undefined ? {} : { peer: { pid: 2, uid, gid: 0 } };
  return { type: 'wire.opened', connection, ...peer } as const;
}

export function openFailed(connection: string, code: OsErrorCode) {
  return { type: 'wire.openFailed', connection, error: osError(code, '/the/socket') } as const;
}

export const LOST = 'the other side closed it';

export function closed(connection: string) {
  return { type: 'wire.closed', connection, cause: 'ended', reason: LOST } as const;
}

/** `M`: the messages that the protocol of the connection allows the peer to send. */
export function said<M>(connection: string, message: M) {
  return { type: 'wire.message', connection, message } as const;
}

export function signalled(signal: SignalName, isShared = false) {
  return { type: 'process.signalled', signal, isShared } as const;
}

/** The effects. */
export function open(connection: string, path: string, protocol: string, identify = true) {
  return { type: 'wire.open', connection, path, protocol, identify };
}

export function adopt(connection: string) {
  return { type: 'wire.adopt', connection };
}

export function send<M>(connection: string, message: M) {
  return { type: 'wire.send', connection, message };
}

export function close(connection: string) {
  return { type: 'wire.close', connection };
}

export function tell<E>(to: string, event: E) {
  return { type: 'actor.tell', to, event };
}

export function log(event: LogEvent, fields?: LogFields) {
  return { type: 'log.write', event, ...(fields === undefined ? {} : { fields }) };
}

export function exit(code: number) {
  return { type: 'process.exit', code };
}
