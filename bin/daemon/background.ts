/**
 * A daemon in the background: the process that the user started (the starter) starts the same program in a session of
 * its own. When the daemon says over a pipe that it is ready, the starter exits with status 0. If the daemon cannot
 * start, the starter prints why and exits with the daemon's status.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { printLine } from '../terminal/output.ts';

/** Set in the background process: the descriptor of the pipe to its starter. */
const STARTER_VARIABLE = 'LTTNG_TS_STARTER';
const STARTER_FD = 3;
const READY = 'ready';
/** How long the starter waits. Host names of listeners may have to be looked up. */
const START_MS_MAX = 60_000;
const SIGNAL_STATUS = 128;

/** `daemonize`: without the standard streams of the terminal. */
export type BackgroundStyle = 'background' | 'daemonize';

/** Whether this process is the one in the background. */
export function isInBackground(): boolean {
  return process.env[STARTER_VARIABLE] !== undefined;
}

/** Starts this program again, with the same arguments; this process exits when that one is ready or has ended. */
export function startInBackground(name: string, style: BackgroundStyle): void {
  const streams = style === 'background' ? 'inherit' : 'ignore';
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, [STARTER_VARIABLE]: String(STARTER_FD) },
    detached: true,
    stdio: [streams, streams, streams, 'pipe'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const end = (status: number, reason?: string): never => {
    if (reason !== undefined) printLine('error', `${name}: ${reason}`);
    process.exit(status);
  };
  setTimeout(() => {
    child.kill('SIGKILL');
    end(1, `It was not ready after ${START_MS_MAX / 1000} s`);
  }, START_MS_MAX);
  child.on('error', ({ message }) => end(1, message));
  let reason: string | undefined;
  createInterface({ input: child.stdio[STARTER_FD] as Readable }).on('line', (line) => {
    if (line === READY) end(0);
    reason ??= line;
  });
  child.on('close', (code, signal) => {
    const status = code ?? SIGNAL_STATUS + (signal === null ? 0 : constants.signals[signal]);
    end(status, reason ?? `It ended with status ${status} before it was ready`);
  });
}

/** Tells the starter, if there is one, that this process is ready, and closes the pipe: the starter exits with 0. */
export function tellReady(): void {
  if (!isInBackground()) return;
  tellStarter(READY);
  delete process.env[STARTER_VARIABLE];
  closeSync(STARTER_FD);
}

/** Tells the starter, if there is one, why this process cannot start: the starter prints it. */
export function tellStarter(reason: string): void {
  if (!isInBackground()) return;
  try {
    writeSync(STARTER_FD, `${reason}\n`);
  } catch {
    // The starter has ended.
  }
}
