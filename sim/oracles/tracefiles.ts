/**
 * Files of bounded size and number: no file is longer than its bound, there are never more of them, and they hold the
 * newest packets of their stream. A file begins only when the one before has no room for the next packet, and takes the
 * place of the oldest one only when all of them are there.
 */
import type { Files } from '../../src/port/files.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { BoundedFiles, SessionAccount } from '../ledger/sessions.ts';
import { type SplitContent, splitContents, type TracefileContent } from '../ledger/tracefiles.ts';
import { type Finding, finder } from './finding.ts';

const bounds = finder('bounds');
const conservation = finder('conservation');

/** The headers of the packet and of an opening packet before it. */
const HEADERS_BYTES = 2 * 84;

/** Checks one moment. `files`: of a user who may read the trace. */
export function checkTracefiles(files: Files, session: SessionAccount): Finding[] {
  return [...session.tracefiles].flatMap(([channel, asked]) => {
    if (session.isFlightRecorder) return [];
    const bytes = Math.max(asked.bytes, asked.subbufferBytes + HEADERS_BYTES);
    return splitContents(files, session.output, channel).flatMap((stream) => [
      ...checkBounds(stream, bytes, asked),
      ...checkOrder(stream, bytes, asked),
    ]);
  });
}

function checkBounds(
  { path, files }: SplitContent,
  bytes: number,
  { count }: BoundedFiles,
): Finding[] {
  const long = files.find(({ byteLength }) => byteLength > bytes);
  return [
    ...(long === undefined
      ? []
      : [bounds(`${path}_${long.index} has ${long.byteLength} bytes, more than ${bytes}`)]),
    ...(count === 0 || files.length <= count
      ? []
      : [bounds(`${path} has ${files.length} files, more than ${count}`)]),
  ];
}

function checkOrder(
  { path, files }: SplitContent,
  bytes: number,
  { count }: BoundedFiles,
): Finding[] {
  const filled = files.filter(({ packets }) => packets.length > 0);
  const [oldest] = filled;
  const findings: Finding[] = [];
  for (const [position, file] of filled.entries()) {
    const next = filled[position + 1];
    if (next !== undefined) findings.push(...checkNext(path, file, next, bytes, count));
  }
  const isCut = oldest !== undefined && (oldest.packets[0]?.number ?? 0) > 0;
  // The oldest file goes before the newest one has a packet.
  if (isCut && (count === 0 || filled.length < count - 1)) {
    findings.push(
      bounds(`${path} has lost its beginning, and only ${filled.length} of ${count} files`),
    );
  }
  return findings;
}

function checkNext(
  path: string,
  file: TracefileContent,
  next: TracefileContent,
  bytes: number,
  count: number,
): Finding[] {
  const index = count === 0 ? file.index + 1 : (file.index + 1) % count;
  if (next.index !== index) {
    return [bounds(`${path}_${next.index} continues ${path}_${file.index}`)];
  }
  const end = file.packets.reduce((sum, packet) => sum + packet.byteLength, 0);
  const first = next.packets[0]?.byteLength ?? 0;
  return end + first > bytes
    ? []
    : [bounds(`${path}_${file.index} has room for the packet after it`)];
}

/** What the consumer overwrote is not gone: where no other process touches the files, no answer says so. */
export function checkNothingGone({ commands }: Ledger, session: SessionAccount): Finding[] {
  const answers = commands.flatMap(({ results }) =>
    results.flatMap((result) => (result.kind === 'reply' ? (result.value.session ?? []) : [])),
  );
  const gone = answers.find(
    ({ uuid, lost }) => uuid === session.uuid && lost !== undefined && lost.events > 0,
  );
  return gone === undefined
    ? []
    : [conservation(`"${session.name}" has lost ${gone.lost?.events} events, and no file is gone`)];
}
