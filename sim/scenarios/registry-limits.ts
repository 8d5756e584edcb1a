/** B1: users request more resources than a registry allows, and another user still gets what she needs. */

import {
  ENDED_STREAMS_MAX,
  REVISIONS_PENDING_MAX,
  SESSIONS_MAX,
  SNAPSHOTS_MAX,
} from '../../actors/sessiond/limits.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import type { Workload } from '../input/workload.ts';
import {
  applicationsOf,
  commandsOf,
  enabling,
  operationsAt,
  recordingAll,
  SERVING_MS,
  samplesOf,
  untimed,
} from './parts.ts';

/** By then all users have their share. */
const LAST_SAMPLE_MS = 340;
/** Connections: of one user, more than the user's limit; of all three, more than the registry's limit. */
const CONNECTIONS = [520, 450] as const;

export const b1: Scenario = {
  id: 'B1',
  title: 'users request more resources than a registry allows',
  marks: ['event-recorded', 'bound-met'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const greed = draws
    .of('greed')
    .pick([states, states, states, pins, pins, dead, links, links, sessions, crowds]);
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
      { name: 'bob', uid: 1002, gid: 1002, groups: ['tracing'] },
      { name: 'carol', uid: 1003, gid: 1003, groups: ['tracing'] },
      { name: 'mallory', uid: 1004, gid: 1004, groups: ['tracing'] },
    ],
    groups: {
      ...{ root: 0, alice: 1001, bob: 1002, carol: 1003, mallory: 1004 },
      tracing: TRACING_GROUP_ID,
    },
    scripts: [{ user: 'root', steps: [{ at: 0, do: 'sessiond' }] }, ...greed(draws)],
    samplesAt: [...samplesOf(draws.of('samples')), LAST_SAMPLE_MS],
  };
}

/** One command that creates sessions up to the limit. */
function sessions(): Script[] {
  const operations = Array.from({ length: SESSIONS_MAX + 1 }, (_, index): Operation => {
    return { op: 'session.create', name: `s${index}`, output: `/home/bob/${index}` };
  });
  return [{ user: 'bob', steps: [operationsAt(SERVING_MS, operations, 'LIMIT')] }];
}

/** Mallory opens as many connections as possible; Alice traces normally. */
function links(draws: Draw): Script[] {
  return [
    crowdOf('mallory', CONNECTIONS[0]),
    { user: 'alice', steps: applicationsOf(draws.of('applications'), 1) },
    { user: 'alice', steps: commandsOf(draws.of('commands'), 'alice') },
  ];
}

/** No user exceeds its own limit, but all together exceed the registry's limit. */
function crowds(): Script[] {
  return ['bob', 'carol', 'mallory'].map((user) => crowdOf(user, CONNECTIONS[1]));
}

function crowdOf(user: string, connections: number): Script {
  return {
    user,
    steps: [{ at: SERVING_MS, do: 'attack', attack: { kind: 'connection-flood', connections } }],
  };
}

/** More threads die than a flight recorder keeps. */
function dead(): Script[] {
  const session = 'black-box';
  const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: true };
  const count = ENDED_STREAMS_MAX + 40;
  const workload: Workload = { steps: [{ at: 1, do: 'emit', of: 'a', count: 1, characters: 1 }] };
  const first = 3 * SERVING_MS;
  return [
    {
      user: 'bob',
      steps: Array.from(
        { length: count },
        (_, index): ScriptStep => ({
          // Those that exceed the bound die slowly enough for the law, which counts the dead a little later.
          at: first + index + 2 * Math.max(0, index - ENDED_STREAMS_MAX),
          do: 'application',
          workload,
        }),
      ),
    },
    {
      user: 'alice',
      steps: [
        operationsAt(SERVING_MS, [
          ...recordingAll(session, '/home/alice/none', untimed('only', shape), {
            flightRecorder: true,
          }),
          { op: 'session.start', session },
        ]),
        {
          at: LAST_SAMPLE_MS + 10,
          do: 'lttng',
          command: { kind: 'snapshot', session, output: '/home/alice/snapshot' },
        },
        operationsAt(0, [{ op: 'session.destroy', session }]),
      ],
    },
  ];
}

/** Snapshot requests that no process carries out, while Alice's session ends. */
function pins(draws: Draw): Script[] {
  const steps = Array.from(
    { length: SNAPSHOTS_MAX + 2 },
    (): ScriptStep => ({
      at: 3 * SERVING_MS,
      do: 'attack',
      attack: { kind: 'pinned-snapshot', session: '@alice/of-alice' },
    }),
  );
  return [
    { user: 'alice', steps: applicationsOf(draws.of('applications'), 1) },
    {
      user: 'alice',
      steps: commandsOf(draws.of('commands'), 'alice').map((step, index) => ({
        ...step,
        at: index === 0 ? SERVING_MS : 5 * SERVING_MS + step.at,
      })),
    },
    { user: 'alice', steps },
  ];
}

/** Alice repeatedly changes her session's rules; a traced hostile application acknowledges no state. */
function states(draws: Draw): Script[] {
  const session = 'changing';
  const channel = draws.of('channel').channel('small');
  return [
    {
      user: draws.of('deaf').pick(['alice', 'mallory']),
      steps: [
        {
          at: SERVING_MS,
          do: 'attack',
          attack: { kind: 'rogue-application', misbehaviour: 'deaf' },
        },
      ],
    },
    { user: 'alice', steps: applicationsOf(draws.of('applications'), 1) },
    {
      user: 'alice',
      steps: [
        operationsAt(2 * SERVING_MS, [
          ...recordingAll(session, '/home/alice/changing', channel),
          { op: 'session.start', session },
          ...Array.from({ length: REVISIONS_PENDING_MAX + 10 }, () =>
            enabling(session, channel.name),
          ),
          { op: 'session.destroy', session },
        ]),
      ],
    },
  ];
}
