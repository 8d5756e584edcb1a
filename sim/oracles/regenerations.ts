/**
 * Metadata that was written anew (`lttng regenerate metadata`): when the command is answered, each trace of the session
 * has a clock offset that the machine had at the command or later, and so has each later trace. Archives from before
 * have theirs.
 */
import type { Ledger } from '../ledger/ledger.ts';
import type { SessionAccount } from '../ledger/sessions.ts';
import type { TraceContent } from '../ledger/trace-content.ts';
import type { ClockOffsets } from '../machine/core/host-scheduler.ts';
import type { Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';
import { chunkOf } from './rotations.ts';

const readability = finder('readability');

/** A clock is read within this time before and after the other one, nanoseconds. */
const SAMPLE_NS_MAX = 100_000n;

type Machine = Pick<Simulation, 'clockOffsetsSince' | 'processes' | 'log'>;

interface Regeneration {
  readonly askedAt: number;
  readonly answeredAt: number;
  /** Archives that the session had then. */
  readonly archives: number;
}

export function checkRegenerations(
  ledger: Ledger,
  session: SessionAccount,
  { streams }: TraceContent,
  machine: Machine,
): Finding[] {
  const done = regenerationsOf(ledger, session).filter(
    ({ answeredAt }) => !hasAnotherConsumer(machine, session, answeredAt),
  );
  return done.flatMap(({ askedAt, archives }) => {
    const offsets = machine.clockOffsetsSince(askedAt);
    return streams
      .filter((each) => chunkOf(each.file) >= archives && !isOneOf(offsets, each.clockOffsetNs))
      .map(({ file }) =>
        readability(`${file}: its times are those of a clock before the answered command`),
      );
  });
}

/** The answered commands. */
function regenerationsOf({ commands }: Ledger, { uuid }: SessionAccount): Regeneration[] {
  return commands.flatMap(({ steps, results }) =>
    steps.flatMap(({ operation, askedAt, answeredAt }, index) => {
      const result = results[index];
      const info = result?.kind === 'reply' ? result.value.session : undefined;
      if (operation?.op !== 'session.regenerate' || info?.uuid !== uuid) return [];
      if (answeredAt === undefined) return [];
      return [{ askedAt, answeredAt, archives: info.rotation?.archives ?? 0 }];
    }),
  );
}

/**
 * Whether a consumer that has lost its registry, and has not learned of its successor yet, may begin a trace: with the
 * offset that it knows.
 */
function hasAnotherConsumer(machine: Machine, { uid: owner }: SessionAccount, at: number): boolean {
  const consumers = machine
    .processes()
    .filter(
      ({ program, uid, startedAt }) =>
        program === 'ust-consumerd' && uid === owner && startedAt < at,
    );
  return consumers.some(({ label, endedAt = Number.POSITIVE_INFINITY }) => {
    const lost = machine.log.find(
      ({ who, event, time }) => who === label && event === 'consumer.registryLost' && time < at,
    );
    return (
      lost !== undefined && endedAt > at && consumers.some(({ startedAt }) => startedAt > lost.time)
    );
  });
}

/** Whether the machine had this offset in one of the periods. */
export function isOneOf(offsets: readonly ClockOffsets[], offsetNs: bigint): boolean {
  return offsets.some(
    ({ least, most }) => offsetNs >= least - SAMPLE_NS_MAX && offsetNs <= most + SAMPLE_NS_MAX,
  );
}
