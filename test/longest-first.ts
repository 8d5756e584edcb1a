/** Files that take long begin first, or one of them is left at the end and nobody works beside it. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first. Their times are not known before the first run of a checkout. */
const LONGEST = [
  'sim/scenarios.test.ts',
  'sim/faults/scenarios.test.ts',
  'sim/quirks.test.ts',
  'ring/orders.test.ts',
  'sim/lttng-sim.test.ts',
  'sim/kill.test.ts',
  'e2e/torture.test.ts',
  'bin/interference.real.test.ts',
  'e2e/hostile.test.ts',
  'e2e/consumer-killed.test.ts',
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
