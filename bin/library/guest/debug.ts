/**
 * The library's log: silent in traced programs, unless `LTTNG_TS_DEBUG=1` is set. It has a folder of its own, because
 * the providers use it and may not import the modules above them.
 */
import { writeSync } from 'node:fs';
import { visible } from '../../../src/base/visible.ts';
import { believed } from '../../../src/os/environment.ts';
import { type Log, levelOf, sentenceOf } from '../../../src/port/log.ts';

const isEnabled = believed().environment['LTTNG_TS_DEBUG'] === '1';

export const debugLog: Log = (event, fields = {}) => {
  if (!isEnabled) return;
  const details = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`);
  say([`${levelOf(event)}: ${sentenceOf(event)}${details.join('')}`]);
};

/** Logs an internal error of the library; the program continues. */
export function debugMistake(error: unknown): void {
  if (!isEnabled) return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(text.split('\n'));
}

function say(lines: readonly string[]): void {
  const text = lines.map((line) => `${visible(line)}\n`).join('');
  try {
    writeSync(process.stderr.fd, `lttng-ts[${process.pid}]: ${text}`);
  } catch {
    // Standard error is not writable, and there is no other place to log to.
  }
}
