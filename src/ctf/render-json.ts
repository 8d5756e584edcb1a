/**
 * Messages as JSON, one object per line. What JSON numbers cannot hold becomes a string:
 *
 * - integers outside -(2^53-1) to 2^53-1: decimal digits, e.g. "18446744073709551615"; timestamps and counts
 *   of losses always, so that a member's type does not change with its size
 * - reals: "NaN", "Infinity", "-Infinity"
 *
 * An enumeration is `{"value": 2, "labels": ["on"]}`, a boolean `true` or `false`, a variant what it holds.
 */
import type { TraceMessage } from './message.ts';
import type { FieldValue } from './values.ts';

/** One line without its newline. `timestamp`: nanoseconds since 1970-01-01T00:00:00Z. */
export function renderJson(message: TraceMessage): string {
  const { kind, timestamp, streamFile } = message;
  const head = {
    kind,
    timestamp: String(timestamp),
    trace: message.source.directory,
    stream: streamFile,
  };
  switch (message.kind) {
    case 'event':
      return stringify({
        ...head,
        name: message.name,
        logLevel: message.logLevel,
        environment: message.source.environment,
        packetContext: message.packetContext,
        commonContext: message.commonContext,
        specificContext: message.specificContext,
        fields: message.fields,
      });
    case 'discarded-events':
    case 'discarded-packets':
      return stringify({ ...head, until: String(message.until), count: String(message.count) });
    case 'problem':
      return stringify({ ...head, text: message.text, fatal: message.fatal });
  }
}

function stringify(value: object): string {
  return JSON.stringify(value, (_name, member: FieldValue) => {
    if (typeof member === 'bigint')
      return Number.isSafeInteger(Number(member)) ? Number(member) : String(member);
    if (typeof member === 'number' && !Number.isFinite(member)) return String(member);
    return member;
  });
}
