/**
 * The library's log: silent inside other people's programs, unless they ask with `LTTNG_TS_DEBUG=1`. In a folder of its
 * own below the providers: they report their mistakes here, and what connects them is above them.
 */
import { writeSync } from 'node:fs';
import { type Log, levelOf, sentenceOf } from '../../../src/port/log.ts';

const isAsked = process.env['LTTNG_TS_DEBUG'] === '1';

export const debugLog: Log = (event, fields = {}) => {
  if (!isAsked) return;
  const details = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`);
  say(`${levelOf(event)}: ${sentenceOf(event)}${details.join('')}`);
};

/** A mistake of ours: tracing goes off, the program goes on. */
export function debugMistake(error: unknown): void {
  if (isAsked) say(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function say(text: string): void {
  try {
    writeSync(process.stderr.fd, `lttng-ts[${process.pid}]: ${text}\n`);
  } catch {
    // Nobody can be told that nobody can be told.
  }
}
