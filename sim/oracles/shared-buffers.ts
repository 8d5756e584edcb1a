/**
 * Buffers that the processes of a user share (R1.27): a trace has the events of its user's processes alone, a stream
 * has one writer at a time, and there are no more streams than threads that recorded at once.
 */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { Ledger, ThreadAccount } from '../ledger/ledger.ts';
import type { SessionAccount } from '../ledger/sessions.ts';
import { writersOf } from '../ledger/stream-writers.ts';
import type { TraceContent } from '../ledger/trace-content.ts';
import { type Finding, finder } from './finding.ts';

const conservation = finder('conservation');
const isolation = finder('isolation');
const bounds = finder('bounds');

/** How long after the end of a thread its registry may take it for alive: after its exit, and after its kill. */
const LEFT_NS_MAX = 20 * NS_PER_MS;
const FOUND_DEAD_NS_MAX = 1100 * NS_PER_MS;

/** What happened to the run beside its events. */
export interface Disturbance {
  /** Whether the process of the thread was killed. */
  readonly isKilled: (thread: ThreadAccount) => boolean;
  /** No fault hit a registry. */
  readonly isUndisturbed: boolean;
}

export function checkSharedBuffers(
  ledger: Ledger,
  session: SessionAccount,
  content: TraceContent,
  { isKilled, isUndisturbed }: Disturbance,
): Finding[] {
  const findings: Finding[] = [];
  const files = new Map<number, Set<string>>();
  for (const { stream, writers } of writersOf(ledger, content.streams)) {
    const { file, pid, shared } = stream;
    if (shared === undefined) continue;
    const { uid, runs, isInOrder } = shared;
    // Its name, which it has in each archive.
    const name = file.slice(file.lastIndexOf('/') + 1);
    files.set(uid, (files.get(uid) ?? new Set()).add(name));
    if (writers.some((thread) => thread.uid !== uid)) {
      findings.push(
        isolation(`${file} of user ${uid} has events of process ${pid} of another user`),
      );
    }
    if (runs > 1) findings.push(conservation(`${file}: others wrote while process ${pid} did`));
    if (!isInOrder) findings.push(conservation(`${file}: time goes back at process ${pid}`));
  }
  for (const [uid, { size }] of isUndisturbed ? files : []) {
    const most = atOnce(
      ledger.threads.filter((thread) => thread.uid === uid),
      isKilled,
    );
    if (size <= most) continue;
    const text = `user ${uid} has ${size} streams in "${session.name}" for ${most} threads at once`;
    findings.push(bounds(text));
  }
  return findings;
}

/** The most threads that a registry may have taken for alive at any moment. */
function atOnce(
  threads: readonly ThreadAccount[],
  isKilled: (thread: ThreadAccount) => boolean,
): number {
  const endOf = (thread: ThreadAccount): number =>
    (thread.endedAt ?? Number.POSITIVE_INFINITY) +
    (isKilled(thread) ? FOUND_DEAD_NS_MAX : LEFT_NS_MAX);
  const counts = threads.map(
    ({ startedAt: at }) =>
      threads.filter((other) => other.startedAt <= at && endOf(other) >= at).length,
  );
  return Math.max(0, ...counts);
}
