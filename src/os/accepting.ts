/** What the listeners of Unix and TCP sockets share: descriptors that connections leave free, and their log lines. */
import type { Server, Socket } from 'node:net';
import { setTimeout } from 'node:timers';
import type { Log, LogFields } from '../port/log.ts';
import { socketDescriptor } from './connection.ts';
import { type Entrance, entering } from './entrance.ts';
import { descriptorLimit } from './limits.ts';

/** Connections that the kernel keeps until they are accepted. */
export const BACKLOG = 511;
/** Descriptors reserved for the daemon's own files: no connection gets them. */
const DESCRIPTORS_RESERVED = 16;
/** Shortest interval between two log lines about a lack of descriptors. */
const SHORTAGE_LINE_MS = 10_000;

/**
 * A function that refuses a connection whose descriptor is reserved, and returns whether it did. Without a reserve of
 * descriptors Node would drop connections without a log line. `place`: the listener's, for the log.
 */
export function refusingAtLimit(
  log: Log,
  entrance: Entrance,
  place: LogFields,
): (socket: Socket) => boolean {
  // The kernel allocates the lowest number first, so a number shows how many are left.
  const highestFd = descriptorLimit() - DESCRIPTORS_RESERVED;
  let isShortageLogged = false;
  return (socket) => {
    if ((socketDescriptor(socket) ?? -1) <= highestFd) return false;
    socket.destroy();
    if (isShortageLogged) return true;
    isShortageLogged = true;
    log('socket.descriptorsExhausted', place);
    const over = entering(entrance, () => {
      isShortageLogged = false;
    });
    setTimeout(over, SHORTAGE_LINE_MS).unref();
    return true;
  };
}

/** Logs the errors of a server that listens. */
export function logErrors(server: Server, log: Log, entrance: Entrance, place: LogFields): void {
  const onError = ({ message: reason }: Error): void =>
    log('socket.listenFailed', { ...place, reason });
  server.on('error', entering(entrance, onError));
}
