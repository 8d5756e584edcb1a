/**
 * R2: users of the group run commands in several terminals at once, on sessions that have the same name, by name
 * and by UUID. R3: the registry gets SIGTERM in the middle of that, and others are started. R6: consumers are killed
 * shortly before and after that.
 */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { LOG_LEVEL_ALL } from '../input/command.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { keptAt } from '../input/kept.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
} from '../input/scenario.ts';
import {
  applicationsOf,
  BOTH_IN_GROUP,
  operationsAt,
  refusedAt,
  SERVING_MS,
  samplesOf,
} from './parts.ts';

const DURATION_MS = 200;
const SESSION = 'mine';
const CONSUMERS_KILLED_MAX = 4;
const KEPT_MAX = 8;
/** Consumers are killed at most this long before and after the end of their registry. */
const BEFORE_END_MS = 15;
const AFTER_END_MS = 5;
/** Codes with which a command may fail after another terminal's command took effect first. */
const OVERTAKEN: readonly ClientErrorCode[] = [
  'SESSION_BUSY',
  'ALREADY',
  'NO_SESSION',
  // Only another user has a session of this name.
  'NOT_ALLOWED',
  'SESSION_EXISTS',
  'CHANNEL_EXISTS',
  'NO_CHANNEL',
  'NO_RULE',
  'NO_CONSUMER',
  // The session ended while its consumer started.
  'CONSUMER_FAILED',
];
/** The same, and the codes when no registry runs any more. */
const ENDED: readonly ClientErrorCode[] = [
  ...OVERTAKEN,
  'NO_REGISTRY',
  'REGISTRY_LOST',
  'NO_ANSWER',
];

export const r2: Scenario = {
  id: 'R2',
  title: 'commands in several terminals at once, on sessions of one name',
  marks: ['event-recorded', 'command-refused', 'event-discarded'],
  draw: (seed) => draw(seed, false),
};

export const r3: Scenario = {
  id: 'R3',
  title: 'a registry is ended while sessions record, and others are started',
  marks: ['event-recorded', 'command-refused'],
  draw: (seed) => draw(seed, true),
};

export const r6: Scenario = {
  id: 'R6',
  title: 'a registry is ended while consumers are killed, and others write the remaining data',
  marks: ['event-recorded', 'session-kept', 'registry-came-back'],
  labels: ['kill-at-time'],
  draw: (seed) => {
    const input = draw(seed, true);
    const part = new Draw(seed).of('kills');
    const steps = input.scripts.flatMap((script) => script.steps);
    const endedAt = steps.find((step) => step.do === 'terminate')?.at ?? DURATION_MS;
    const faults = Array.from({ length: part.between(1, CONSUMERS_KILLED_MAX) }, (_, index) => ({
      kind: 'kill-at-time' as const,
      of: { program: 'ust-consumerd', index },
      at: part.between(Math.max(0, endedAt - BEFORE_END_MS), endedAt + AFTER_END_MS),
    }));
    return { ...input, faults };
  },
};

function draw(seed: number, isEnded: boolean): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const tolerated = isEnded ? ENDED : OVERTAKEN;
  const root: ScriptStep[] = [{ at: 0, do: 'sessiond' }];
  if (isEnded) {
    const at = whole.between(SERVING_MS, DURATION_MS);
    root.push({ at, do: 'terminate' });
    for (let more = whole.between(0, 2); more > 0; more--) {
      root.push({ at: whole.between(1, DURATION_MS), do: 'sessiond' });
    }
    root.sort((one, other) => one.at - other.at);
    if (whole.chance(2)) root.push({ at: DURATION_MS, do: 'terminate' });
  }
  const scripts: Script[] = [
    { user: 'root', steps: root },
    { user: 'bob', steps: applicationsOf(draws.of('applications'), 1) },
  ];
  for (const user of ['alice', 'bob']) {
    for (let terminal = whole.between(1, 2); terminal > 0; terminal--) {
      const part = draws.of(`terminal ${terminal} of ${user}`);
      scripts.push({ user, steps: commandsOf(part, user, terminal, tolerated) });
    }
    scripts.push({ user, steps: keptOf(draws.of(`kept of ${user}`), tolerated) });
    const other = user === 'alice' ? 'bob' : 'alice';
    const intrusions = intrusionsOf(draws.of(`intrusions of ${user}`), `@${other}/${SESSION}`);
    if (isEnded) continue;
    scripts.push({ user, steps: intrusions });
    scripts.push({ user, steps: looksOf(draws.of(`looks of ${user}`), user) });
  }
  return {
    seed,
    ...BOTH_IN_GROUP,
    scripts,
    samplesAt: samplesOf(draws.of('samples')),
  };
}

/** Any operation at any time, after the creation of a session. */
function commandsOf(
  part: PartDraw,
  user: string,
  terminal: number,
  tolerated: readonly ClientErrorCode[],
): ScriptStep[] {
  const channel = part.channel('small');
  const enabled: Operation = {
    op: 'event.enable',
    session: SESSION,
    channel: channel.name,
    patterns: ['*'],
    logLevelMax: LOG_LEVEL_ALL,
    target: { kind: 'all' },
  };
  let made = 0;
  const create = (): Operation[] => [
    {
      op: 'session.create',
      name: SESSION,
      output: `/home/${user}/trace-${terminal}-${made++}`,
    },
    { op: 'channel.add', session: SESSION, channel },
    enabled,
    { op: 'session.start', session: SESSION },
  ];
  const key = part.pick([SESSION, SESSION, `@${user}/${SESSION}`]);
  const anything: readonly [readonly Operation[], ...(readonly Operation[])[]] = [
    [{ op: 'session.start', session: key }],
    [{ op: 'session.start', session: key }],
    [{ op: 'session.stop', session: key }],
    [{ op: 'session.stop', session: key }],
    [{ op: 'session.destroy', session: key }],
    [{ op: 'session.get', session: key }],
    [{ op: 'session.list', from: 0 }],
    [{ op: 'app.list', from: 0 }],
    [enabled],
    [
      { op: 'session.stop', session: key },
      { op: 'session.start', session: key },
    ],
  ];
  const commands = [
    create(),
    ...Array.from({ length: part.between(3, 8) }, () =>
      part.chance(8) ? create() : part.pick(anything),
    ),
    [{ op: 'session.destroy', session: SESSION } as const],
  ];
  const times = commands.map(() => part.between(SERVING_MS, DURATION_MS));
  times.sort((one, other) => one - other);
  return commands.map((operations, index) => ({
    at: times[index] ?? 0,
    do: 'lttng',
    command: { kind: 'operations', operations, tolerated, startsNoRegistry: true },
  }));
}

/** Saves, loads and chooses the session, which has the name of another user's. Another session may be the only one. */
function keptOf(part: PartDraw, tolerated: readonly ClientErrorCode[]): ScriptStep[] {
  const moments = Array.from({ length: KEPT_MAX }, () => part.between(SERVING_MS, DURATION_MS));
  const change = (of: PartDraw, session: string): Operation => ({
    op: of.pick(['session.get', 'session.measure']),
    session,
  });
  const of = { names: [SESSION], again: 'again', change } as const;
  return keptAt(part, moments, of, tolerated).map((step) =>
    step.do === 'lttng' && step.command.kind === 'destroy'
      ? { ...step, command: { ...step.command, session: SESSION } }
      : step,
  );
}

/** A session that no other terminal changes; its user finds it by a name that other users use, too. */
function looksOf(part: PartDraw, user: string): ScriptStep[] {
  const session = 'kept';
  return [
    operationsAt(SERVING_MS, [
      { op: 'session.create', name: session, output: `/home/${user}/kept` },
    ]),
    ...Array.from({ length: 3 }, () => part.between(SERVING_MS, DURATION_MS))
      .toSorted((one, other) => one - other)
      .map((at) => operationsAt(at, [{ op: 'session.get', session }])),
    operationsAt(DURATION_MS, [{ op: 'session.destroy', session }]),
  ];
}

/** Operations on another user's session, by its UUID. */
function intrusionsOf(part: PartDraw, session: string): ScriptStep[] {
  const operations: Operation[] = [
    { op: 'session.get', session },
    { op: 'session.start', session },
    { op: 'session.stop', session },
    { op: 'event.disable', session, patterns: ['*'] },
    { op: 'session.destroy', session },
  ];
  return operations
    .map((operation) => ({ operation, at: part.between(SERVING_MS, DURATION_MS) }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ operation, at }) => refusedAt(at, ['NOT_ALLOWED', 'NO_SESSION'], operation));
}
