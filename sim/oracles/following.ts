/**
 * Following: a trace is readable while it is recorded. Events older than the switch timer of their channel are in the
 * files, whether or not their sub-buffer is full, in every mode (R1.22).
 */
import { NS_PER_US } from '../../src/base/time.ts';
import { isSelected } from '../input/filters.ts';
import { concerns } from '../ledger/eligibility.ts';
import type { Emission } from '../ledger/emission.ts';
import type { Ledger, StepAccount } from '../ledger/ledger.ts';
import { clearedUntil } from '../ledger/rotations.ts';
import { sessionsIn } from '../ledger/sessions.ts';
import { streamsOf, writersOf } from '../ledger/stream-writers.ts';
import type { TraceContent } from '../ledger/trace-content.ts';
import { type Finding, finder } from './finding.ts';

const readability = finder('readability');

/** Time from the timer's expiry to the files. */
const WRITTEN_NS_MAX = 20_000_000;

/** Checks one moment, virtual nanoseconds, of a run without faults. */
export function checkFollowed(
  ledger: Ledger,
  now: number,
  contentOf: (output: string) => TraceContent,
): Finding[] {
  // A consumer without an output writes nothing: what waits is in the buffers.
  if (ledger.commands.some(({ steps }) => steps.some(changesOutput))) return [];
  const sessions = sessionsIn(ledger);
  const findings: Finding[] = [];
  for (const session of sessions) {
    const { switchTimerUs = 0, isFlightRecorder, output } = session;
    if (switchTimerUs === 0 || isFlightRecorder) continue;
    const cleared = clearedUntil(session.rotations);
    const before = now - switchTimerUs * NS_PER_US - WRITTEN_NS_MAX;
    const written = writersOf(ledger, contentOf(output).streams);
    for (const thread of ledger.threads.filter((other) => concerns(session, other))) {
      const isSole = sessions.filter((other) => concerns(other, thread)).length === 1;
      const streams = streamsOf(written, thread);
      // The trace does not show which events were lost.
      const isWhole = streams.every(
        ({ discarded, lostPackets, overwritten }) =>
          discarded + lostPackets === 0 && overwritten === undefined,
      );
      if (!isSole || !isWhole) continue;
      const readable = new Set(
        streams.flatMap(({ events }) => events.map(({ counter }) => counter)),
      );
      // An enabled event may have been rejected by a filter that was in force.
      const isSurelySelected = (emission: Emission): boolean =>
        session.rules.every(({ filter }) => isSelected(filter, emission));
      const missing = thread.emissions.find(
        (emission) =>
          emission.isEnabled &&
          emission.isDone &&
          emission.at < before &&
          emission.at >= cleared &&
          !readable.has(emission.counter) &&
          isSurelySelected(emission),
      );
      if (missing === undefined) continue;
      findings.push(
        readability(`event ${missing.counter} of application ${thread.pid} is not readable yet`),
      );
    }
  }
  return findings;
}

function changesOutput({ operation }: StepAccount): boolean {
  if (operation?.op === 'session.create') return operation.relay !== undefined;
  return operation?.op === 'consumer.set' || operation?.op === 'consumer.disable';
}
