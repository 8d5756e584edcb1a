/** S1: a single user traces an application that `lttng` spawns, with the registry that serves this user. */
import type { UserCommand } from '../input/command.ts';
import { Draw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';

const DURATION_MS = 60;

export const s1: Scenario = {
  id: 'S1',
  title: 'a single user traces an application that lttng spawns',
  marks: [
    'event-recorded',
    'event-discarded',
    'packet-overwritten',
    'application-killed',
    'killed-inside-an-event',
    'registry-of-a-user',
    'registry-global',
  ],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const isGlobal = whole.chance(2);
  const groups = isGlobal ? ['tracing'] : [];
  const scripts: Script[] = isGlobal ? [{ user: 'root', steps: [{ at: 0, do: 'sessiond' }] }] : [];
  const steps: ScriptStep[] = [];
  const sessions = whole.between(1, 2);
  for (let session = 0; session < sessions; session++) {
    const part = draws.of(`session ${session}`);
    const command: UserCommand = {
      kind: 'record',
      name: `run-${session}`,
      output: `/home/alice/run-${session}`,
      channel: part.chance(5) ? undefined : part.channel('small'),
      patterns: [part.pick(['*', '*', 'sim:*', 'sim:a'])],
      workload: part.workload(DURATION_MS),
    };
    // The global registry serves when Alice's commands start.
    steps.push({ at: isGlobal ? 10 : 0, do: 'lttng', command });
  }
  scripts.push({ user: 'alice', steps });
  const samples = draws.of('samples');
  return {
    seed,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups }],
    groups: { root: 0, alice: 1001, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt: Array.from({ length: 4 }, () => samples.between(1, 2 * DURATION_MS)).sort(
      (one, other) => one - other,
    ),
  };
}
