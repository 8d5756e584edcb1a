/**
 * The service manager that started this process, if any: notifications to it (sd_notify(3)), and the listening sockets
 * that it passes (sd_listen_fds(3)). Environment variables name both; an elevated process believes none.
 */
import type { Log } from '../port/log.ts';
import type { Processes, ServiceState } from '../port/processes.ts';
import { believed } from './environment.ts';
import { close } from './libc.ts';
import { listeningPath, sendDatagram } from './unix-calls.ts';

/** First number of the passed descriptors. */
const FIRST_DESCRIPTOR = 3;
const DESCRIPTORS_MAX = 64;

export function createNotify(log: Log): Processes['notify'] {
  return (state) => {
    const { NOTIFY_SOCKET: name } = believed().environment;
    if (name === undefined || name === '') return;
    const sent = sendDatagram(name, textOf(state));
    if (!sent.ok) log('service.notifyFailed', { state, code: sent.error.code });
  };
}

function textOf(state: ServiceState): string {
  switch (state) {
    case 'ready':
      return 'READY=1';
    case 'stopping':
      return 'STOPPING=1';
    case 'reloading':
      return `RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`;
  }
}

/**
 * Descriptors of the listening Unix sockets that the service manager passed to this process, by their paths. Closes and
 * logs other descriptors. To be called once, since it deletes the variables.
 */
export function takeGivenListeners(log: Log): ReadonlyMap<string, number> {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = believed().environment;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete process.env[name];
  const given = new Map<string, number>();
  if (pid !== String(process.pid)) return given;
  const last = FIRST_DESCRIPTOR + Math.min(Number(count) || 0, DESCRIPTORS_MAX);
  for (let fd = FIRST_DESCRIPTOR; fd < last; fd++) {
    const path = listeningPath(fd);
    if (path !== undefined && !given.has(path)) given.set(path, fd);
    else {
      log('service.descriptorClosed', { descriptor: fd });
      close()(fd);
    }
  }
  return given;
}
