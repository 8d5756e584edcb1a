/**
 * The log of a daemon: pino, one JSON object per line. Only daemons import this file; applications that are
 * traced get the same World without it.
 */
import { constants, fstatSync, openSync, statSync } from 'node:fs';
import pino from 'pino';
import type { Log, LogLevel } from '../port/world.ts';
import { dup2 } from './libc.ts';

export interface PinoLogOptions {
  /** Program name, in every line. */
  readonly name: string;
  /** Lines below this level are left out. */
  readonly level: LogLevel;
  /** File to append to, made with mode 0600 when absent; standard error when left out. */
  readonly path?: string;
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
const STDERR_FD = 2;

/**
 * Opens the log. Lines are written before the call returns, so that none is lost when the process dies. In a
 * daemon, which starts without standard error, the log file becomes that too: what the runtime says when it
 * dies must be found somewhere. Throws what opening the file throws.
 */
export function createPinoLog(options: PinoLogOptions): Log {
  const fd = options.path === undefined ? STDERR_FD : openLogFile(options.path);
  const destination = pino.destination({ dest: fd, sync: true });
  const logger = pino(
    {
      level: options.level,
      // Not `pid`: that is a peer's, in the lines about peers.
      base: { name: options.name, process: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return (level, message, fields) => logger[level](loggable(fields), message);
}

function openLogFile(path: string): number {
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  if (hasNoStandardError()) dup2()(fd, STDERR_FD);
  return fd;
}

function hasNoStandardError(): boolean {
  const stderr = fstatSync(STDERR_FD);
  return stderr.isCharacterDevice() && stderr.rdev === statSync('/dev/null').rdev;
}

/** JSON has no 64-bit integers: they are written in decimal, as text. */
function loggable(fields: Parameters<Log>[2] = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? value.toString() : value,
    ]),
  );
}
