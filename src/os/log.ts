/**
 * The log of a daemon: pino, one JSON object per line. Only daemons import this file; applications that are
 * traced get the same World without it.
 */
import pino from 'pino';
import type { Log, LogLevel } from '../port/world.ts';

export interface PinoLogOptions {
  /** Program name, in every line. */
  readonly name: string;
  /** Lines below this level are left out. */
  readonly level: LogLevel;
  /** File to append to, made with mode 0600 when absent; standard error when left out. */
  readonly path?: string;
}

const STDERR_FD = 2;

/** Opens the log. Lines are written before the call returns, so that none is lost when the process dies. */
export function createPinoLog(options: PinoLogOptions): Log {
  const destination = pino.destination({
    dest: options.path ?? STDERR_FD,
    sync: true,
    mode: 0o600,
  });
  const logger = pino(
    {
      level: options.level,
      base: { name: options.name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return (level, message, fields) => logger[level](loggable(fields), message);
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
