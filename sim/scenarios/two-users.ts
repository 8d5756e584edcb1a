/**
 * S3: two users of the group trace the same running applications. Each has a session, a consumer and buffers; neither
 * can change the other's session.
 */
import { Draw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import { applicationsOf, commandsOf, intrusionsOf, samplesOf } from './parts.ts';

export const s3: Scenario = {
  id: 'S3',
  title: "two users trace the same running applications and cannot change each other's sessions",
  marks: [
    'event-recorded',
    'event-discarded',
    'traced-through-the-group',
    'registry-global',
    'command-refused',
  ],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const applications = applicationsOf(draws.of('applications'), 1);
  const scripts: Script[] = [
    { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
    { user: draws.of('owner').pick(['carol', 'alice']), steps: applications },
  ];
  for (const [user, other] of [
    ['alice', 'bob'],
    ['bob', 'alice'],
  ] as const) {
    scripts.push({ user, steps: commandsOf(draws.of(`commands of ${user}`), user) });
    const intrusions = intrusionsOf(draws.of(`intrusions of ${user}`), other, [
      'NOT_ALLOWED',
      // Before the other user has created it, and after its destruction.
      'NO_SESSION',
    ]);
    scripts.push({ user, steps: intrusions });
  }
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
      // Bob is in the group by his primary group, which counts like a supplementary one.
      { name: 'bob', uid: 1002, gid: TRACING_GROUP_ID, groups: ['tracing'] },
      { name: 'carol', uid: 1003, gid: 1003, groups: [] },
    ],
    groups: { root: 0, alice: 1001, carol: 1003, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt: samplesOf(draws.of('samples')),
  };
}
