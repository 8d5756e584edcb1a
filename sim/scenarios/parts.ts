/** Shared by scenarios: applications that run for a while, the commands of a session's life, refused commands. */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import type { ChannelSettings } from '../../src/wire/common.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { LOG_LEVEL_ALL, type UserCommand } from '../input/command.ts';
import { drawContexts } from '../input/contexts.ts';
import type { PartDraw } from '../input/draw.ts';
import {
  type ScenarioInput,
  type Script,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';

export const DURATION_MS = 150;
/** A registry started at 0 serves by then. */
export const SERVING_MS = 10;

/** Codes with which a command may fail while others change its session; `linearizable` checks each answer. */
export const RACED: readonly ClientErrorCode[] = [
  'NO_SESSION',
  'SESSION_EXISTS',
  'SESSION_BUSY',
  'NOT_ALLOWED',
  'NO_CHANNEL',
  'CHANNEL_EXISTS',
  'NO_RULE',
  'ALREADY',
  // Its session was destroyed while it spawned a consumer, and perhaps created again.
  'CONSUMER_FAILED',
  'NO_CONSUMER',
];

/** Two users who may both trace with the global registry. */
export const BOTH_IN_GROUP: Pick<ScenarioInput, 'users' | 'groups'> = {
  users: [
    { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
    { name: 'bob', uid: 1002, gid: 1002, groups: ['tracing'] },
  ],
  groups: { root: 0, alice: 1001, bob: 1002, tracing: TRACING_GROUP_ID },
};

/** Alice, who may trace with the global registry if she is in the group. */
export function onlyAlice(isInGroup: boolean): Pick<ScenarioInput, 'users' | 'groups'> {
  return {
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: isInGroup ? ['tracing'] : [] }],
    groups: { root: 0, alice: 1001, tracing: TRACING_GROUP_ID },
  };
}

/** One script for each step: no step waits for another. */
export function sideBySide(user: string, steps: readonly ScriptStep[]): Script[] {
  return steps.map((step) => ({ user, steps: [step] }));
}

/** From `least` to three applications that start in the first half of the run. */
export function applicationsOf(part: PartDraw, least: number): ScriptStep[] {
  const starts = Array.from({ length: part.between(least, 3) }, () =>
    part.between(0, DURATION_MS / 2),
  );
  return starts
    .sort((one, other) => one - other)
    .map((at) => ({ at, do: 'application', workload: part.workload(DURATION_MS) }));
}

/** When the oracles read the traces during the run. */
export function samplesOf(part: PartDraw): number[] {
  return Array.from({ length: 4 }, () => part.between(1, 2 * DURATION_MS)).sort(
    (one, other) => one - other,
  );
}

/** A session from `create` to `destroy`, stopped and restarted in between. */
export function commandsOf(
  part: PartDraw,
  user: string,
  { isFlightRecorder = false }: { isFlightRecorder?: boolean } = {},
): ScriptStep[] {
  const session = `of-${user}`;
  const home = user === 'root' ? '/root' : `/home/${user}`;
  const channel = part.channel('small');
  const pattern = part.pick(['*', '*', 'sim:*', 'sim:a']);
  const begin: Operation[] = [
    {
      op: 'session.create',
      name: session,
      output: `${home}/trace`,
      ...(isFlightRecorder ? { flightRecorder: true } : {}),
    },
    { op: 'channel.add', session, channel },
    {
      op: 'event.enable',
      session,
      channel: channel.name,
      patterns: [pattern],
      logLevelMax: LOG_LEVEL_ALL,
      target: part.pick([
        { kind: 'all' },
        { kind: 'all' },
        { kind: 'command', name: 'application' },
      ]),
    },
  ];
  const commands: UserCommand[] = [];
  for (let restarts = part.between(0, 2); restarts > 0; restarts--) {
    commands.push(command([{ op: 'session.stop', session }]));
    if (part.chance(2)) commands.push(command([{ op: 'app.list', from: 0 }]));
    commands.push(command([{ op: 'session.start', session }]));
  }
  if (part.chance(2)) commands.push(command([{ op: 'session.stop', session }]));
  commands.push(command([{ op: 'session.destroy', session }]));
  const times = [undefined, ...commands].map(() => part.between(SERVING_MS, DURATION_MS));
  times.sort((one, other) => one - other);
  const contexts = part.chance(2) ? [drawContexts(part, session, channel.name, pattern)] : [];
  const first = command([...begin, ...contexts, { op: 'session.start', session }]);
  return [first, ...commands].map((each, index) => ({
    at: times[index] ?? 0,
    do: 'lttng',
    command: each,
  }));
}

/** A rule for all applications and all log levels. */
export function enabling(session: string, channel: string, patterns: string[] = ['*']): Operation {
  return {
    op: 'event.enable',
    session,
    channel,
    patterns,
    logLevelMax: LOG_LEVEL_ALL,
    target: { kind: 'all' },
  };
}

/** Creates a session with one channel that records everything in all applications; it is not started yet. */
export function recordingAll(
  session: string,
  output: string,
  channel: ChannelSettings,
  more: { readonly flightRecorder?: true } = {},
): Operation[] {
  return [
    { op: 'session.create', name: session, output, ...more },
    { op: 'channel.add', session, channel },
    enabling(session, channel.name),
  ];
}

/** A channel without switch timer and read timer. */
export function untimed(name: string, shape: ChannelSettings['shape']): ChannelSettings {
  return { name, shape, switchTimerUs: 0, readTimerUs: 0 };
}

function command(operations: readonly Operation[]): UserCommand {
  return { kind: 'operations', operations };
}

/** Operations in one command, which fails with this code or succeeds. */
export function operationsAt(
  at: number,
  operations: readonly Operation[],
  expected?: ClientErrorCode,
): ScriptStep {
  const failure = expected === undefined ? {} : { expected: [expected] };
  return { at, do: 'lttng', command: { kind: 'operations', operations, ...failure } };
}

/** Operations in one command that does not start a registry of its user. */
export function guestAt(at: number, operations: readonly Operation[]): ScriptStep {
  return {
    at,
    do: 'lttng',
    command: { kind: 'operations', operations, startsNoRegistry: true },
  };
}

/** A command that must fail with one of these codes, and does not start a registry of its user. */
export function refusedAt(
  at: number,
  expected: readonly ClientErrorCode[],
  operation: Operation = { op: 'session.list', from: 0 },
): ScriptStep {
  const operations = [operation];
  return {
    at,
    do: 'lttng',
    command: { kind: 'operations', operations, expected, startsNoRegistry: true },
  };
}

/** Attempts to change another user's session, by its name. */
export function intrusionsOf(
  part: PartDraw,
  owner: string,
  expected: readonly ClientErrorCode[],
): ScriptStep[] {
  const session = `of-${owner}`;
  const operations: Operation[] = [
    { op: 'session.get', session },
    { op: 'session.start', session },
    { op: 'session.stop', session },
    { op: 'session.destroy', session },
    { op: 'event.disable', session, patterns: ['*'] },
  ];
  const times = operations.map(() => part.between(SERVING_MS, DURATION_MS));
  times.sort((one, other) => one - other);
  return operations.map((operation, index) => refusedAt(times[index] ?? 0, expected, operation));
}

/** At least one application; each starts at a time until `startsMs`, with a workload of `lastsMs`. */
export function applicationsUntil(
  part: PartDraw,
  countMax: number,
  { startsMs, lastsMs }: { readonly startsMs: number; readonly lastsMs: number },
): ScriptStep[] {
  const starts = Array.from({ length: part.between(1, countMax) }, () => part.between(0, startsMs));
  return starts
    .toSorted((one, other) => one - other)
    .map((at) => ({ at, do: 'application', workload: part.workload(lastsMs) }));
}
