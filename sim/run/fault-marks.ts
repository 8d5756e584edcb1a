/** Marks of fault situations that a generator must reach: most of them need two conditions at the same moment. */

import type { FaultHit } from '../faults/fault-hit.ts';
import { DEADLY } from '../faults/tolerance.ts';
import type { KilledUnder } from '../input/fault.ts';
import type { FaultMark } from '../input/mark.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import { isSureBefore, savesIn } from '../oracles/kept-files.ts';

/** Data of a finished run with faults. */
export interface FaultEvidence {
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly hits: readonly FaultHit[];
}

export const FAULT_MARKS: Readonly<Record<FaultMark, (run: FaultEvidence) => boolean>> = {
  'end-refused': ({ ledger }) =>
    ledger.commands.some(({ results }) =>
      results.some((result) => result.kind === 'failure' && result.code === 'NOT_WRITTEN'),
    ),
  'loss-noticed': ({ simulation }) =>
    simulation.log.some(({ event }) => event === 'trace.gone' || event === 'trace.moved'),
  'thread-unbuffered': ({ ledger }) => unbufferedIn(ledger).includes('waiting'),
  'thread-served-late': ({ ledger }) => unbufferedIn(ledger).includes('served'),
  'registry-killed-while-starting': (run) =>
    killed(run, 'lttng-sessiond').some(
      ({ label }) => !run.ledger.registries.some(({ who }) => who === label),
    ),
  'registry-killed-in-destroy': (run) => wasKilledUnder(run, 'lttng-sessiond', ['session.destroy']),
  'registry-killed-in-start-or-stop': (run) =>
    wasKilledUnder(run, 'lttng-sessiond', ['session.start', 'session.stop']),
  'registry-stopped-for-good': (run) =>
    hitsOf(run, 'stop-for-good').some((hit) =>
      run.ledger.registries.some(({ who, readyAt }) => who === hit.who && readyAt < hit.at),
    ),
  'consumer-killed-inside-a-write': (run) =>
    hitsOf(run, 'torn-write').some(({ isWhole }) => isWhole !== true),
  'consumer-killed-before-its-checkpoint': (run) =>
    hitsOf(run, 'torn-write').some(({ isWhole }) => isWhole === true),
  'consumer-killed-in-destroy': (run) => wasKilledUnder(run, 'ust-consumerd', ['session.destroy']),
  'consumer-killed-in-regenerate': (run) =>
    wasKilledUnder(run, 'ust-consumerd', ['session.regenerate']),
  'stopped-under-another-consumer': ({ simulation, ledger }) =>
    ledger.commands.some(({ steps }) =>
      steps.some(
        ({ operation, askedAt, answeredAt = 0 }) =>
          operation?.op === 'session.stop' &&
          simulation.log.some(
            ({ time, program, fields }) =>
              program === 'ust-consumerd' &&
              fields['call'] === 'files.lock' &&
              fields['code'] === 'EAGAIN' &&
              askedAt < time &&
              time < answeredAt,
          ),
      ),
    ),
  'application-killed-while-registering': (run) =>
    killed(run, 'application').some(({ label, endedAt = 0 }) =>
      run.ledger.threads.some(
        (each) => each.who === label && !((each.settledAt ?? Infinity) < endedAt),
      ),
    ),
  'disk-full-inside-a-write': (run) => wasShort(run, 'ust-consumerd', 'the rest of a write'),
  'registry-short-of-descriptors': (run) => wasShort(run, 'lttng-sessiond', 'descriptors'),
  'two-faults-on-one-process': ({ hits }) =>
    hits.some(
      ({ who, label }) =>
        who !== undefined && hits.some((other) => other.who === who && other.label !== label),
    ),
  'registry-and-consumer-killed': (run) =>
    killed(run, 'lttng-sessiond').length > 0 && killed(run, 'ust-consumerd').length > 0,
  'power-cut-while-recording': (run) =>
    hitsOf(run, 'power-cut').some(({ at }) =>
      run.simulation
        .processes()
        .some(({ program, endedAt }) => program === 'ust-consumerd' && endedAt === at),
    ),
  'save-killed': ({ ledger }) =>
    ledger.kept.some(
      ({ command, answeredAt, outcome }) =>
        command.kind === 'save' && answeredAt !== undefined && outcome === undefined,
    ),
  'saved-before-power-cut': (run) =>
    hitsOf(run, 'power-cut').some(({ at }) =>
      [...savesIn(run.ledger).values()].some((written) => isSureBefore(written, at)),
    ),
};

function hitsOf({ hits }: FaultEvidence, label: string): readonly FaultHit[] {
  return hits.filter((hit) => hit.label === label);
}

/** Processes of the program that a fault killed. */
function killed({ simulation, hits }: FaultEvidence, program: string): SimProcess[] {
  const dead = new Set(hits.flatMap(({ label, who }) => (DEADLY.has(label) ? [who] : [])));
  return simulation
    .processes()
    .filter((each) => each.program === program && dead.has(each.label) && !each.isAlive);
}

function wasKilledUnder(
  { simulation, hits }: FaultEvidence,
  program: string,
  ops: readonly KilledUnder[],
): boolean {
  return hits.some(
    ({ who, under }) =>
      under !== undefined &&
      ops.includes(under) &&
      simulation.processes().some((each) => each.label === who && each.program === program),
  );
}

function wasShort(
  { simulation }: FaultEvidence,
  program: string,
  of: 'descriptors' | 'the rest of a write',
): boolean {
  return simulation.processes().some((each) => each.program === program && each.shortOf.has(of));
}

/** The states of the threads without buffers that answers named. */
function unbufferedIn({ commands }: Ledger): readonly string[] {
  return commands.flatMap(({ results }) =>
    results.flatMap((result) => {
      const session = result.kind === 'reply' ? result.value.session : undefined;
      return session?.unbuffered?.threads.map(({ state }) => state) ?? [];
    }),
  );
}
