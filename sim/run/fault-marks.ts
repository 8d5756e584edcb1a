/** Meetings of faults that a generator has to bring about: most of them need two things in the same moment. */

import type { FaultHit } from '../faults/fault-hit.ts';
import { DEADLY } from '../faults/tolerance.ts';
import type { KilledUnder } from '../input/fault.ts';
import type { FaultMark } from '../input/mark.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';

export function faultMarksOf(
  simulation: Simulation,
  { threads, commands, registries }: Ledger,
  hits: readonly FaultHit[],
): Record<FaultMark, boolean> {
  const killed = (program: string): SimProcess[] => {
    const dead = new Set(hits.flatMap(({ label, who }) => (DEADLY.has(label) ? [who] : [])));
    return simulation
      .processes()
      .filter((each) => each.program === program && dead.has(each.label) && !each.isAlive);
  };
  const [registriesKilled, consumersKilled] = [killed('lttng-sessiond'), killed('ust-consumerd')];
  const isKilledUnder = (program: string, ops: readonly KilledUnder[]): boolean =>
    hits.some(
      ({ who, under }) =>
        under !== undefined &&
        ops.includes(under) &&
        simulation.processes().some((each) => each.label === who && each.program === program),
    );
  const isShort = (program: string, of: 'descriptors' | 'the rest of a write'): boolean =>
    simulation.processes().some((each) => each.program === program && each.shortOf.has(of));
  const hitsOf = (label: string): readonly FaultHit[] => hits.filter((hit) => hit.label === label);
  return {
    'registry-killed-while-starting': registriesKilled.some(
      ({ label }) => !registries.some(({ who }) => who === label),
    ),
    'registry-killed-in-destroy': isKilledUnder('lttng-sessiond', ['session.destroy']),
    'registry-killed-in-start-or-stop': isKilledUnder('lttng-sessiond', [
      'session.start',
      'session.stop',
    ]),
    'registry-stopped-for-good': hitsOf('stop-for-good').some((hit) =>
      registries.some(({ who, readyAt }) => who === hit.who && readyAt < hit.at),
    ),
    'consumer-killed-inside-a-write': hitsOf('torn-write').some(({ isWhole }) => isWhole !== true),
    'consumer-killed-before-it-noted': hitsOf('torn-write').some(({ isWhole }) => isWhole === true),
    'consumer-killed-in-destroy': isKilledUnder('ust-consumerd', ['session.destroy']),
    'stopped-under-another-consumer': commands.some(({ steps }) =>
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
    'application-killed-while-registering': killed('application').some(({ label, endedAt = 0 }) =>
      threads.some((each) => each.who === label && !((each.settledAt ?? Infinity) < endedAt)),
    ),
    'disk-full-inside-a-write': isShort('ust-consumerd', 'the rest of a write'),
    'registry-short-of-descriptors': isShort('lttng-sessiond', 'descriptors'),
    'two-faults-on-one-process': hits.some(
      ({ who, label }) =>
        who !== undefined && hits.some((other) => other.who === who && other.label !== label),
    ),
    'registry-and-consumer-killed': registriesKilled.length > 0 && consumersKilled.length > 0,
    'power-cut-while-recording': hitsOf('power-cut').some(({ at }) =>
      simulation
        .processes()
        .some(({ program, endedAt }) => program === 'ust-consumerd' && endedAt === at),
    ),
  };
}
