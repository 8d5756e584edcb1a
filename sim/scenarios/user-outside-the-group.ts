/**
 * S4: a user outside the group has a registry and applications of its own, beside the global registry that others
 * use; of what is theirs it gets nothing.
 */
import { Draw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import { applicationsOf, commandsOf, intrusionsOf, samplesOf } from './parts.ts';

export const s4: Scenario = {
  id: 'S4',
  title: 'a user outside the group traces its own applications and nothing else',
  marks: ['event-recorded', 'registry-of-a-user', 'registry-global', 'command-refused'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const scripts: Script[] = [{ user: 'root', steps: [{ at: 0, do: 'sessiond' }] }];
  for (const user of ['alice', 'carol']) {
    scripts.push({ user, steps: applicationsOf(draws.of(`applications of ${user}`), 1) });
    scripts.push({ user, steps: commandsOf(draws.of(`commands of ${user}`), user) });
  }
  const intrusions = intrusionsOf(draws.of('intrusions'), 'alice', [
    // Her own registry knows no such session, and before it is there nobody serves her.
    'NO_SESSION',
    'NO_REGISTRY',
  ]);
  scripts.push({ user: 'carol', steps: intrusions });
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
      { name: 'carol', uid: 1003, gid: 1003, groups: [] },
    ],
    groups: { root: 0, alice: 1001, carol: 1003, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt: samplesOf(draws.of('samples')),
  };
}
