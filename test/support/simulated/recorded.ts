/** A program recorded into small buffers from its beginning to its end; tests kill it at some point in between. */
import type { ScenarioInput } from '../../../sim/input/scenario.ts';
import type { Workload } from '../../../sim/input/workload.ts';

export const recorded = (workload: Workload): ScenarioInput => ({
  seed: 5,
  users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
  groups: { root: 0, alice: 1001, tracing: 2000 },
  scripts: [
    {
      user: 'alice',
      steps: [
        {
          at: 0,
          do: 'lttng',
          command: {
            kind: 'record',
            name: 'run',
            output: '/home/alice/run',
            channel: {
              name: 'small',
              shape: { subbufferBytes: 4096, subbufferCount: 2, overwrite: false },
              switchTimerUs: 5000,
              readTimerUs: 0,
            },
            patterns: ['*'],
            workload,
          },
        },
      ],
    },
  ],
  samplesAt: [26, 30, 40],
});
