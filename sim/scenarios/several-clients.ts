/**
 * C1: several clients of one user, and of others, concurrently create, change, start, stop and destroy sessions of the
 * same few names. C2: the same while their registry is killed and restarted.
 */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import type { ChannelSettings, Target } from '../../src/wire/common.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { LOG_LEVEL_ALL } from '../input/command.ts';
import { drawContexts } from '../input/contexts.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import type { FaultScript } from '../input/fault.ts';
import { keptAt } from '../input/kept.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import { drawSnapshotOutput, SNAPSHOT_OUTPUT_REFUSALS } from '../input/snapshot-outputs.ts';
import { trackingAt } from '../input/trackers.ts';
import { sometimesUnawaited } from '../input/unawaited.ts';
import { applicationsOf, RACED, SERVING_MS, samplesOf } from './parts.ts';

const DURATION_MS = 100;
const CLIENTS_MAX = 3;
const COMMANDS_MAX = 5;
/** All clients act at these few moments, so that their commands overlap. */
const INSTANTS = 3;
const TOLERATED: readonly ClientErrorCode[] = [...RACED, 'AMBIGUOUS'];
/** Approximate number of World calls of a registry in a run. */
const CALLS_MADE = 600;

export const c1: Scenario = {
  id: 'C1',
  title: 'clients concurrently change sessions of the same names',
  marks: ['commands-overlapped', 'command-refused', 'event-recorded'],
  draw,
};

export const c2: Scenario = {
  id: 'C2',
  title: 'clients concurrently change sessions while their registry is killed and restarted',
  marks: ['commands-overlapped', 'command-refused', 'event-recorded', 'registry-came-back'],
  draw: (seed) => ({ ...draw(seed), faults: killsOf(new Draw(seed)) }),
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const isGlobal = !whole.chance(3);
  const groups = isGlobal ? ['tracing'] : [];
  const scripts: Script[] = isGlobal ? [{ user: 'root', steps: [{ at: 0, do: 'sessiond' }] }] : [];
  scripts.push({ user: 'alice', steps: applicationsOf(draws.of('applications'), 0) });
  const instants = Array.from({ length: INSTANTS }, () => whole.between(SERVING_MS, DURATION_MS));
  const clients = isGlobal ? (['alice', 'alice', 'bob', 'root'] as const) : (['alice'] as const);
  for (let client = 0; client < whole.between(2, CLIENTS_MAX); client++) {
    // At least two clients of the same user.
    const user = client < 2 ? 'alice' : whole.pick(clients);
    const script = clientOf(draws.of(`client ${client}`), user, client, instants);
    scripts.push(impatient(draws.of(`patience ${client}`), script));
  }
  scripts.push(contextsOf(draws.of('contexts'), instants));
  scripts.push(trackingOf(draws.of('tracking'), instants));
  scripts.push(snapshotOutputsOf(draws.of('snapshot outputs'), instants));
  scripts.push(regenerationsOf(draws.of('regenerations'), instants));
  for (const terminal of [0, 1]) scripts.push(keptBy(draws.of(`kept ${terminal}`), instants));
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups },
      { name: 'bob', uid: 1002, gid: 1002, groups },
    ],
    groups: { root: 0, alice: 1001, bob: 1002, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt: samplesOf(draws.of('samples')),
  };
}

function clientOf(
  part: PartDraw,
  user: string,
  client: number,
  instants: readonly number[],
): Script {
  const times = Array.from(
    { length: part.between(2, COMMANDS_MAX) },
    () => instants[part.between(0, INSTANTS - 1)] ?? 0,
  );
  times.sort((one, other) => one - other);
  const steps = times.map((at, index) => {
    const session = part.pick(['web', 'web', 'db']);
    const output = `${user === 'root' ? '/root' : `/home/${user}`}/trace-${client}-${index}`;
    const operations = part.chance(3)
      ? begin(part, session, output)
      : [operationOf(part, session, output)];
    return {
      at,
      do: 'lttng',
      command: { kind: 'operations', operations, tolerated: TOLERATED },
    } as const;
  });
  return { user, steps };
}

/** The same commands; some do not wait for the end of what they begin. */
function impatient(part: PartDraw, { user, steps }: Script): Script {
  return {
    user,
    steps: steps.map((step) =>
      step.do === 'lttng' && step.command.kind === 'operations'
        ? {
            ...step,
            command: {
              ...step.command,
              operations: step.command.operations.map((each) => sometimesUnawaited(part, each)),
            },
          }
        : step,
    ),
  };
}

/** Events of her sessions get contexts. */
function contextsOf(part: PartDraw, instants: readonly number[]): Script {
  const steps = instants
    .filter(() => part.chance(2))
    .map((at) => ({
      at,
      do: 'lttng' as const,
      command: {
        kind: 'operations' as const,
        operations: [
          drawContexts(part, part.pick(['web', 'db']), 'small', part.pick(['*', 'sim:a'])),
        ],
        tolerated: TOLERATED,
      },
    }));
  return { user: 'alice', steps: steps.toSorted((one, other) => one.at - other.at) };
}

/** Her sessions trace not all processes, sometimes. */
function trackingOf(part: PartDraw, instants: readonly number[]): Script {
  const steps = [...instants, ...instants]
    .filter(() => part.chance(3))
    .map((at) => trackingAt(part, at, part.pick(['web', 'db']), TOLERATED));
  return { user: 'alice', steps: steps.toSorted((one, other) => one.at - other.at) };
}

/** She saves and loads her sessions, and chooses one. */
function keptBy(part: PartDraw, instants: readonly number[]): Script {
  const change = (of: PartDraw, session: string): Operation => {
    const operation = operationOf(of, session, '');
    return 'session' in operation ? operation : { op: 'session.get', session };
  };
  const of = { names: ['web', 'web', 'db'], again: 'db', change } as const;
  const tolerated: readonly ClientErrorCode[] = [...TOLERATED, 'NO_REGISTRY'];
  return { user: 'alice', steps: keptAt(part, [...instants, ...instants], of, tolerated) };
}

/** She says where snapshots go. */
function snapshotOutputsOf(part: PartDraw, instants: readonly number[]): Script {
  const steps = [...instants, ...instants]
    .filter(() => part.chance(3))
    .map((at) => {
      const operation = drawSnapshotOutput(part, part.pick(['web', 'db']));
      const tolerated = [...TOLERATED, ...SNAPSHOT_OUTPUT_REFUSALS];
      const command = { kind: 'operations' as const, operations: [operation], tolerated };
      return { at, do: 'lttng' as const, command };
    });
  return { user: 'alice', steps: steps.toSorted((one, other) => one.at - other.at) };
}

/** She has metadata written anew. */
function regenerationsOf(part: PartDraw, instants: readonly number[]): Script {
  const steps = instants
    .filter(() => part.chance(3))
    .map((at) => {
      const session = part.pick(['web', 'db']);
      const operations = [{ op: 'session.regenerate' as const, session }];
      const command = { kind: 'operations' as const, operations, tolerated: TOLERATED };
      return { at, do: 'lttng' as const, command };
    });
  return { user: 'alice', steps: steps.toSorted((one, other) => one.at - other.at) };
}

/** Creates and starts a recording; the first failure ends the command. */
function begin(part: PartDraw, session: string, output: string): Operation[] {
  return [
    { op: 'session.create', name: session, output },
    { op: 'channel.add', session, channel: channelOf(part) },
    enabling(part, session),
    { op: 'session.start', session },
  ];
}

function operationOf(part: PartDraw, session: string, output: string): Operation {
  const op = part.pick([
    'session.create',
    'session.start',
    'session.start',
    'session.stop',
    'session.stop',
    'session.pause',
    'session.destroy',
    'session.rotate',
    'session.clear',
    'rotation.enable',
    'rotation.disable',
    'session.get',
    'session.measure',
    'session.list',
    'session.list',
    'channel.add',
    'channel.disable',
    'event.enable',
    'event.disable',
  ] as const);
  switch (op) {
    case 'session.create':
      return { op, name: session, output };
    case 'session.list':
      return { op, from: 0 };
    case 'channel.add':
      return {
        op,
        session,
        channel: channelOf(part),
        ...part.pick<Partial<Extract<Operation, { op: 'channel.add' }>>>([
          {},
          { orEnable: true },
          { target: targetOf(part) },
        ]),
      };
    case 'channel.disable':
      return { op, session, channels: ['small'] };
    case 'event.enable':
      // A rule that matches no application creates the default channel.
      return part.chance(4)
        ? { op, session, patterns: ['none:*'], logLevelMax: LOG_LEVEL_ALL, target: { kind: 'all' } }
        : enabling(part, session);
    case 'event.disable':
      return {
        op,
        session,
        channel: 'small',
        patterns: [part.pick(['*', 'sim:a'])],
        ...(part.chance(2) ? { target: targetOf(part) } : {}),
      };
    case 'session.get':
    case 'session.measure':
    case 'session.start':
    case 'session.pause':
    case 'session.stop':
    case 'session.destroy':
    case 'session.rotate':
    case 'session.clear':
      return { op, session };
    case 'rotation.enable':
      return { op, session, everyUs: 1_000_000, ...(part.chance(2) ? { atBytes: 65_536 } : {}) };
    case 'rotation.disable':
      return { op, session, of: [part.pick(['everyUs', 'atBytes'])] };
  }
}

function enabling(part: PartDraw, session: string): Operation {
  return {
    op: 'event.enable',
    session,
    channel: 'small',
    patterns: [part.pick(['*', 'sim:a'])],
    logLevelMax: LOG_LEVEL_ALL,
    target: targetOf(part),
  };
}

function targetOf(part: PartDraw): Target {
  return part.pick([{ kind: 'all' }, { kind: 'command', name: 'application' }]);
}

/** Timers of milliseconds would dominate the run. */
function channelOf(part: PartDraw): ChannelSettings {
  return {
    ...part.channel('small'),
    switchTimerUs: part.pick([0, 20_000]),
    readTimerUs: part.pick([0, 20_000]),
  };
}

/** Registries die. A service manager restarts the global one; a user's next command starts the user's registry. */
function killsOf(draws: Draw): FaultScript {
  const part = draws.of('kills');
  return Array.from({ length: part.between(1, 2) }, (_, index) => [
    {
      kind: 'kill' as const,
      of: { program: 'lttng-sessiond', index },
      atCall: part.between(part.pick([1, 100, 200]), CALLS_MADE),
    },
    {
      kind: 'registry-starts' as const,
      user: 'root',
      at: part.between(DURATION_MS / 4, DURATION_MS),
    },
  ]).flat();
}
