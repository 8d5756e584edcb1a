/**
 * Rotations: an archive has no event from after the answer of the command that made it, and no event from well before
 * the command is in a later part of the trace. Nothing from well before a `clear` is left.
 */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { Ledger, ThreadAccount } from '../ledger/ledger.ts';
import type { RotationAccount } from '../ledger/rotations.ts';
import type { SessionAccount } from '../ledger/sessions.ts';
import { writersOf } from '../ledger/stream-writers.ts';
import type { StreamContent, TraceContent } from '../ledger/trace-content.ts';
import { type Finding, finder } from './finding.ts';

const conservation = finder('conservation');

/** A thread that emits an event has recorded it after this time, unless it was stopped, nanoseconds. */
const RECORDED_NS_MAX = NS_PER_MS;

/** `isOnTime`: no process was stopped or killed, and no write failed. */
export function checkRotations(
  ledger: Ledger,
  session: SessionAccount,
  content: TraceContent,
  isOnTime: boolean,
): Finding[] {
  const done = session.rotations.filter(({ doneAt }) => doneAt < Number.POSITIVE_INFINITY);
  if (done.length === 0) return [];
  return writersOf(ledger, content.streams).flatMap(({ stream, writers: [writer, another] }) =>
    writer === undefined || another !== undefined
      ? []
      : done.flatMap((rotation) => checkStream(stream, writer, rotation, isOnTime)),
  );
}

function checkStream(
  { file, events }: StreamContent,
  { emissions }: ThreadAccount,
  { isClear, askedAt, doneAt, archives = 0 }: RotationAccount,
  isOnTime: boolean,
): Finding[] {
  const isBefore = chunkOf(file) < archives;
  const times = events.flatMap(({ counter }) => emissions[counter]?.at ?? []);
  const late = times.some((at) => at > doneAt);
  const early = times.some((at) => at < askedAt - RECORDED_NS_MAX);
  if (isBefore) return late ? [conservation(`${file}: an event is later than the archive`)] : [];
  if (!early || !isOnTime) return [];
  return [
    conservation(
      isClear
        ? `${file}: an event was not removed`
        : `${file}: an event belongs to an earlier archive`,
    ),
  ];
}

/** The number of the archive in which the file is; infinity: in none. */
export function chunkOf(file: string): number {
  const [, number] = /\/archives\/[^/]*-(\d+)\//.exec(file) ?? [];
  return number === undefined ? Number.POSITIVE_INFINITY : Number(number);
}
