/**
 * The readable trace of a run, for replays: a line per call, delivery and end of a process. A line has the virtual time
 * in seconds, the label of the process, and the event:
 *
 *     0.000041337 alice/client.0 files.open /tmp/x: ENOENT      a call and its result
 *     0.000082911 alice/client.0 < data 12 bytes                a delivery to the process
 *     0.000082911 alice/client.0 ! timer: Error: broken         an exception that the process did not catch
 */
import type { OsResult } from '../../../src/port/os-error.ts';
import type { Digestible } from './rolling-hash.ts';

const NS_DIGITS = 9;
/** Longer texts are cut, to keep lines readable. */
const TEXT_LENGTH_MAX = 80;

export function traceLine(now: number, label: string, what: string): string {
  const digits = now.toString().padStart(NS_DIGITS + 1, '0');
  const time = `${digits.slice(0, -NS_DIGITS)}.${digits.slice(-NS_DIGITS)}`;
  return `${time} ${label} ${what.trimEnd()}`;
}

/** The payload of a delivery. */
export function payloadText(payload: Digestible): string {
  return payload instanceof Uint8Array ? `${payload.length} bytes` : cut(`${payload}`);
}

export type Plain = string | number | bigint | boolean | undefined;
export type Answer = Plain | OsResult<unknown>;

/** The result of a call: a result's value or error code, or the value itself. */
export function answerText(answer: Answer): string {
  if (typeof answer !== 'object') return cut(`${answer}`);
  if (!answer.ok) return answer.error.code;
  const { value } = answer;
  // Objects (an open file, a connection) have no useful text.
  return isPlain(value) && value !== undefined ? `ok ${cut(`${value}`)}` : 'ok';
}

function isPlain(value: unknown): value is Plain {
  return typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol';
}

function cut(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX)}…`;
}
