/**
 * V1: installations of several versions on one machine. Applications, commands, and the consumers that commands spawn
 * are older or newer than the registry. V2: a registry is killed, and the next minor version takes its place.
 */
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Version } from '../input/installation.ts';
import type { Scenario, ScenarioInput, Script } from '../input/scenario.ts';
import {
  applicationsOf,
  BOTH_IN_GROUP,
  commandsOf,
  DURATION_MS,
  refusedAt,
  SERVING_MS,
  samplesOf,
} from './parts.ts';

const SAME: Version = { ahead: 0, minor: 0 };

export const v1: Scenario = {
  id: 'V1',
  title: 'programs of several versions on one machine',
  marks: ['event-recorded', 'version-refused', 'version-mixed'],
  draw: (seed) =>
    drawn(seed, [SAME, { ahead: 0, minor: 3 }, { ahead: 1, minor: 0 }, { ahead: 2, minor: 1 }]),
};

export const v2: Scenario = {
  id: 'V2',
  title: 'a registry is killed and the next minor version takes its place',
  marks: ['event-recorded', 'registry-came-back', 'version-mixed'],
  draw: (seed) => {
    const draws = new Draw(seed);
    const input = drawn(seed, [SAME, { ahead: 0, minor: 3 }]);
    const part = draws.of('upgrade');
    const at = part.between(DURATION_MS / 3, DURATION_MS);
    const user = input.scripts[0]?.user ?? 'root';
    const newer: Script = {
      user,
      steps: [{ at, do: 'sessiond', version: { ahead: 0, minor: part.between(1, 9) } }],
    };
    const kill = {
      kind: 'half-open',
      of: { program: 'lttng-sessiond', index: 0 },
      at: at - 2,
      forMs: 1,
    } as const;
    return { ...input, scripts: [...input.scripts, newer], faults: [kill] };
  },
};

function drawn(seed: number, versions: readonly [Version, ...Version[]]): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const registry = whole.pick(versions);
  const scripts: Script[] = [
    { user: 'root', steps: [{ at: 0, do: 'sessiond', version: registry }] },
  ];
  for (const user of ['alice', 'bob']) {
    const steps = applicationsOf(draws.of(`applications of ${user}`), 1).map((step, index) => {
      const version = draws.of(`version of application ${index} of ${user}`).pick(versions);
      return { ...step, version };
    });
    scripts.push({ user, steps });
    const part = draws.of(`commands of ${user}`);
    const version = part.chance(3) ? part.pick(versions) : registry;
    scripts.push({ user, steps: commandsIn(part, user, version, registry) });
  }
  return {
    seed,
    ...BOTH_IN_GROUP,
    scripts,
    samplesAt: samplesOf(draws.of('samples')),
  };
}

/** A session's life with this version; if its major version differs from the registry's, attempts that are refused. */
function commandsIn(
  part: PartDraw,
  user: string,
  version: Version,
  registry: Version,
): Script['steps'] {
  if (version.ahead === registry.ahead) {
    return commandsOf(part, user).map((step) => ({ ...step, version }));
  }
  const at = part.between(SERVING_MS, DURATION_MS);
  return [{ ...refusedAt(at, ['NO_REGISTRY']), version }];
}
