/**
 * H8: a user who is not in the group starts set-user-ID programs of root and of another user, with an environment that
 * points to places of the user's choice. The programs register with the registries of their owners all the same.
 */
import { Draw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import { commandsOf, DURATION_MS, samplesOf } from './parts.ts';

export const h8: Scenario = {
  id: 'H8',
  title: 'set-user-ID programs do not believe the environment of the user who starts them',
  marks: ['event-recorded', 'registry-of-a-user', 'application-waited-on-pipe'],
  draw,
};

const SESSION = '00000000-0000-4000-8000-000000000000';

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const part = draws.of('programs of dave');
  const steps = Array.from({ length: part.between(1, 3) }, (): ScriptStep => {
    const owner = part.pick(['alice', 'alice', 'root']);
    const home = owner === 'root' ? '/root' : '/home/alice';
    return {
      at: part.between(0, DURATION_MS / 2),
      do: 'application',
      workload: part.workload(DURATION_MS),
      setUserId: {
        owner,
        environment: {
          LTTNG_TS_PIPE: part.pick([`${home}/named`, '/etc/named']),
          LTTNG_TS_RUNDIR: '/home/dave/run',
          LTTNG_TS_SESSION: SESSION,
          ...part.pick([{ HOME: `${home}/other` }, { LTTNG_HOME: `${home}/other` }]),
        },
      },
    };
  });
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: [] },
      { name: 'dave', uid: 1005, gid: 1005, groups: [] },
    ],
    groups: { root: 0, alice: 1001, dave: 1005, tracing: TRACING_GROUP_ID },
    scripts: [
      { user: 'dave', steps: steps.toSorted((one, other) => one.at - other.at) },
      { user: 'alice', steps: commandsOf(draws.of('commands'), 'alice') },
    ],
    samplesAt: samplesOf(draws.of('samples')),
  };
}
