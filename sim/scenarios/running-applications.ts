/**
 * S2: a user traces applications that already run: her own, and those of another user when she is in the group.
 * The global registry refuses a user outside the group, who traces his applications with his own registry.
 */
import { Draw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import { applicationsOf, commandsOf, refusedAt, SERVING_MS, samplesOf } from './parts.ts';

export const s2: Scenario = {
  id: 'S2',
  title: 'a user traces running applications, in the group also those of another user',
  marks: [
    'event-recorded',
    'event-discarded',
    'application-killed',
    'killed-inside-an-event',
    'application-waited-on-pipe',
    'traced-through-the-group',
    'registry-of-a-user',
    'registry-global',
    'command-refused',
  ],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const isGlobal = !whole.chance(3);
  const isAliceInGroup = whole.chance(2);
  // Root's first command would start a global registry during the run, and Alice's commands would switch to it.
  const third = isGlobal ? 'root' : 'bob';
  const tracers = whole.pick<readonly string[]>([['alice'], ['alice', 'bob'], ['alice', third]]);
  const scripts: Script[] = isGlobal ? [{ user: 'root', steps: [{ at: 0, do: 'sessiond' }] }] : [];
  for (const [index, user] of ['alice', 'bob'].entries()) {
    const part = draws.of(`applications of ${user}`);
    scripts.push({ user, steps: applicationsOf(part, index === 0 ? 0 : 1) });
  }
  for (const user of tracers) {
    scripts.push({ user, steps: commandsOf(draws.of(`commands of ${user}`), user) });
  }
  if (isGlobal && whole.chance(3)) {
    scripts.push({ user: 'carol', steps: [refusedAt(SERVING_MS, ['NO_REGISTRY'])] });
  }
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: isAliceInGroup ? ['tracing'] : [] },
      { name: 'bob', uid: 1002, gid: 1002, groups: [] },
      { name: 'carol', uid: 1003, gid: 1003, groups: [] },
    ],
    groups: { root: 0, alice: 1001, bob: 1002, carol: 1003, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt: samplesOf(draws.of('samples')),
  };
}
