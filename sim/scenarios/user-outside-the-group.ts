/**
 * S4: a user outside the group has its own registry and applications, beside the global registry of other users; it
 * has no access to their applications and sessions.
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
  title: 'a user outside the group traces only its own applications',
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
    // Her own registry has no such session, and before it starts no registry serves her.
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
