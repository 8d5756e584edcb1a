/** The longest test files start first, so that none of them runs alone at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first. Their times are not known before the first run of a checkout. */
const LONGEST = [
  'system/simulator/lttng-sim.test.ts',
  'system/scenarios/scenarios.test.ts',
  'system/simulator/page.test.ts',
  'system/scenarios/faults.test.ts',
  'sim/ring/explore.test.ts',
  'system/scenarios/quirks.test.ts',
  'system/kill-at-store.test.ts',
  'system/kill-at-call.test.ts',
  'real/library/programs.test.ts',
  'real/library/interference.test.ts',
  'real/torture.test.ts',
  'real/cli/recording.test.ts',
  'real/cli/relay.test.ts',
  'real/lost.test.ts',
  'real/consumer-killed.test.ts',
  'real/cli/interrupted.test.ts',
  'real/snapshot.test.ts',
  'real/readme.test.ts',
  'real/cli/sessions.test.ts',
  'real/relay/lttng.test.ts',
  'real/hostile.test.ts',
  'real/trace/babeltrace.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
      return place === -1 ? LONGEST.length : place;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
