/**
 * The log of a daemon: pino, one JSON object per line. Only daemons import this file; traced applications
 * get the same World without it.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import pino from 'pino';
import { escapeJson } from '../base/visible.ts';
import { type Log, type LogFields, type LogLevel, levelOf, sentenceOf } from '../port/log.ts';
import { dup2 } from './libc.ts';

export interface PinoLogOptions {
  /** Program name, in every line. */
  readonly name: string;
  /** Lowest level that is logged. */
  readonly level: LogLevel;
  /** File to append to, created with mode 0600 if absent; the default is standard error. */
  readonly path?: string;
}

export interface PinoLog {
  readonly log: Log;
  /** Opens the file by its path again (log rotation) and logs from `level` on. Throws if the file cannot be opened. */
  reopen(level: LogLevel): void;
}

/** Bound on the lines that wait for room in the file. */
export const LOG_WAITING_BYTES_MAX = 64 * 1024;

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
const STDERR_FD = 2;

/**
 * Opens the log. Each call writes its line before it returns, so that no line is lost when the process dies. In a
 * daemon, which starts without standard error, the log file becomes standard error too: it receives the runtime's
 * output when the runtime dies. Throws what opening the file throws.
 */
export function createPinoLog(options: PinoLogOptions): PinoLog {
  const { path } = options;
  const isStandardError = path !== undefined && hasNoStandardError();
  const open = (): number => (path === undefined ? STDERR_FD : openLogFile(path, isStandardError));
  let fd = open();
  let logger = loggerTo(fd, options.name, options.level);
  return {
    log: (event, fields) =>
      logger[levelOf(event)]({ event, ...loggable(fields) }, sentenceOf(event)),
    reopen: (level) => {
      const old = fd;
      fd = open();
      logger = loggerTo(fd, options.name, level);
      if (old !== fd) closeSync(old);
    },
  };
}

function loggerTo(fd: number, name: string, level: LogLevel): pino.Logger {
  return pino(
    {
      level,
      // Not `pid`: in lines about peers that is the peer's id.
      base: { name, process: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // People read the log on terminals, and its values come from other programs.
      hooks: { streamWrite: (line) => `${escapeJson(line.trimEnd())}\n` },
    },
    destinationAt(fd),
  );
}

/**
 * Lines wait while the disk is full or broken, up to the bound; later ones are dropped. The daemon goes on, and each
 * line tries to write what waits.
 */
function destinationAt(fd: number): pino.DestinationStream {
  const destination = pino.destination({ dest: fd, sync: true, maxLength: LOG_WAITING_BYTES_MAX });
  const writeWaiting = (): void => void destination.write('');
  destination.on('error', goOn);
  destination.on('drop', writeWaiting);
  return destination;
}

/** What was not written waits. */
function goOn(): void {}

function openLogFile(path: string, isStandardError: boolean): number {
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  if (isStandardError) dup2()(fd, STDERR_FD);
  return fd;
}

function hasNoStandardError(): boolean {
  const stderr = fstatSync(STDERR_FD);
  return stderr.isCharacterDevice() && stderr.rdev === statSync('/dev/null').rdev;
}

/** JSON has no 64-bit integers: bigints become decimal text. */
function loggable(fields: LogFields = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? value.toString() : value,
    ]),
  );
}
