/**
 * A registry that is stopped for good (SIGSTOP), with its lock and its sockets: applications continue, users with
 * another registry are served by that one, all others get an error in time, and no registry takes its place.
 */
import { describe, expect, test } from 'vitest';
import { through } from '../../../sim/bugs/lenses.ts';
import type { ScenarioInput } from '../../../sim/input/scenario.ts';
import { type Lens } from '../../../sim/machine/lens.ts';
import { type RunReport, runScenario } from '../../../sim/run/run.ts';

const STOPPED_AT = 60;

/** Alice, who may use the global registry, has an application; she records it until a registry is stopped. */
function stopping(index: number, begin: ScenarioInput['scripts'][number]['steps']): ScenarioInput {
  return {
    seed: 3,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] }],
    groups: { root: 0, alice: 1001, tracing: 2000 },
    scripts: [
      { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
      {
        user: 'alice',
        steps: [
          ...begin,
          {
            at: 10,
            do: 'application',
            workload: {
              steps: [
                { at: 5, do: 'emit', of: 'a', count: 20, characters: 10 },
                { at: 90, do: 'emit', of: 'a', count: 20, characters: 10 },
                { at: 95, do: 'write', characters: 100 },
                { at: 600_000, do: 'exit', code: 0 },
              ],
            },
          },
          {
            at: 20,
            do: 'lttng',
            command: {
              kind: 'operations',
              operations: [{ op: 'session.create', name: 'web', output: '/home/alice/trace' }],
            },
          },
        ],
      },
    ],
    samplesAt: [70, 100],
    faults: [{ kind: 'stop-for-good', of: { program: 'lttng-sessiond', index }, at: STOPPED_AT }],
  };
}

const GLOBAL = stopping(0, []);
const HER_OWN = stopping(1, [{ at: 5, do: 'sessiond' }]);

/** Registries do not see each other's locks. */
const withoutLocks: Lens = (world, program) =>
  program !== 'lttng-sessiond'
    ? world
    : {
        ...world,
        files: {
          ...world.files,
          open: (path, how, mode) => {
            const opened = world.files.open(path, how, mode);
            if (!opened.ok) return opened;
            return { ok: true, value: { ...through(opened.value), lock: () => okay } };
          },
        },
      };
const okay = { ok: true, value: undefined } as const;

/** Which registry served which user while one was stopped, until the request that only the stopped one could answer. */
function outcomes({ ledger, hits }: RunReport): string[] {
  const [stopped] = hits;
  const outcomesOf = ledger.commands
    .filter(({ startedAt }) => startedAt > (stopped?.at ?? 0))
    .map(({ user, scope, results }) => {
      const failure = results.find((result) => result.kind === 'failure');
      return `${user} ${failure?.code ?? scope}`;
    });
  const last = outcomesOf.findIndex((outcome) => outcome.endsWith('NO_REGISTRY'));
  return outcomesOf.slice(0, last + 1);
}

describe('a registry that is stopped for good', () => {
  test('the global one: she is served by her own, and root gets an error', () => {
    const report = runScenario(GLOBAL);
    expect(report.findings).toEqual([]);
    expect(report.marks).toContain('registry-stopped-for-good');
    expect(outcomes(report)).toEqual(['alice user', 'root NO_REGISTRY']);
  });

  test('her own: she is served by the global one, with an error about her own', () => {
    const report = runScenario(HER_OWN);
    expect(report.findings).toEqual([]);
    expect(report.marks).toContain('registry-stopped-for-good');
    expect(outcomes(report)).toEqual([
      ...['root global', 'root global', 'alice global'],
      'alice NO_REGISTRY',
    ]);
  });

  test('is detected when another one takes its place', () => {
    const { findings } = runScenario(HER_OWN, { lens: withoutLocks });
    expect(findings.map(({ oracle }) => oracle)).toContain('liveness');
    expect(findings.map(({ text }) => text).join('\n')).toMatch(/runs beside alice\/lttng/);
  });
});
