/**
 * SV1: a user saves and loads sessions of every kind in several terminals, and chooses the current one. SV2: the power
 * fails in the middle of that. SV3: processes are killed, the disk fills, and calls fail, often those of commands.
 */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import type { UserCommand } from '../input/command.ts';
import { drawContexts } from '../input/contexts.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault } from '../input/fault.ts';
import { drawFaults } from '../input/fault-draw.ts';
import { drawKept } from '../input/kept.ts';
import type { Scenario, ScenarioInput, Script, ScriptStep } from '../input/scenario.ts';
import { drawSnapshotOutput, SNAPSHOT_OUTPUT_REFUSALS } from '../input/snapshot-outputs.ts';
import { drawTracking } from '../input/trackers.ts';
import { ruleOf } from './event-rules.ts';
import { enabling, onlyAlice, RACED, SERVING_MS, samplesOf } from './parts.ts';
import { drawQuirks, quirky } from './quirks.ts';

const DURATION_MS = 300;
/** All commands are over by then, also on a machine with quirks: what healing does is none of theirs. */
const END_MS = 2000;
/** All terminals act at these few moments, so that some of their commands overlap. */
const INSTANTS = 5;
const COMMANDS_MIN = 5;
const COMMANDS_MAX = 12;
const TERMINALS_MAX = 4;
/** Approximate World calls of a command. */
const CALLS_MADE = 60;
const KILLS_MIN = 2;
const KILLS_MAX = 12;
const APPLICATIONS_MAX = 3;
/** Room for all events of a run: the laws do not know who lost an event in buffers of a user. */
const ROOMY = { subbufferBytes: 65_536, subbufferCount: 4, overwrite: false };
const NAMES: readonly [string, ...string[]] = ['web', 'web', 'db'];
const HOME = '/home/alice';

const TOLERATED: readonly ClientErrorCode[] = [
  ...RACED,
  'NO_REGISTRY',
  ...SNAPSHOT_OUTPUT_REFUSALS,
];

export const sv1: Scenario = {
  id: 'SV1',
  title: 'sessions are saved, loaded and chosen in several terminals',
  marks: [
    'session-saved',
    'session-loaded',
    'session-replaced',
    'load-undone',
    'current-used',
    'current-gone',
    'commands-overlapped',
  ],
  draw,
};

export const sv2: Scenario = {
  id: 'SV2',
  title: 'the power fails while sessions are saved, loaded and chosen',
  marks: ['session-saved', 'saved-before-power-cut'],
  labels: ['power-cut'],
  draw: (seed) => {
    const part = new Draw(seed).of('power');
    const at = part.between(2 * SERVING_MS, DURATION_MS);
    const cut: Fault = { kind: 'power-cut', at, writtenBackAt: part.between(0, at) };
    return { ...unshared(draw(seed)), faults: [cut] };
  },
};

export const sv3: Scenario = {
  id: 'SV3',
  title: 'sessions are saved, loaded and chosen while processes are killed and files fail',
  marks: ['session-saved', 'session-loaded', 'save-killed'],
  labels: ['kill', 'disk-full', 'disk-error'],
  draw: (seed) => {
    const draws = new Draw(seed);
    const setting = {
      durationMs: DURATION_MS,
      places: [HOME, `${HOME}/.lttng-ts`, `${HOME}/.lttng-ts/saved`] as const,
      outputs: [`${HOME}/trace-0-0`, `${HOME}/lttng-traces/web`] as const,
      users: ['alice'] as const,
    };
    const others = draws.of('has other faults').chance(2) ? drawFaults(draws, setting) : [];
    const faults = [...troublesOf(draws.of('troubles')), ...others];
    const input = { ...unshared(draw(seed)), faults };
    return draws.of('has quirks').chance(2) ? quirky(input, drawQuirks(draws)) : input;
  },
};

/** The same without buffers of users: the laws do not know which faults excuse what is lost in them. */
function unshared(input: ScenarioInput): ScenarioInput {
  const scripts = input.scripts.map(({ user, steps }) => ({ user, steps: steps.map(ownBuffers) }));
  return { ...input, scripts };
}

function ownBuffers(step: ScriptStep): ScriptStep {
  if (step.do !== 'lttng' || step.command.kind !== 'operations') return step;
  const all = step.command.operations.map((operation): Operation => {
    if (operation.op !== 'channel.add') return operation;
    const { bufferScheme: _, ...channel } = operation.channel;
    return { ...operation, channel };
  });
  return { ...step, command: { ...step.command, operations: all } };
}

/** Commands are killed between their calls and in the middle of a write, and the disk takes nothing for a while. */
function troublesOf(part: PartDraw): Fault[] {
  const kills = Array.from({ length: part.between(KILLS_MIN, KILLS_MAX) }, (): Fault => {
    const of = { program: 'lttng', index: part.between(0, 2 * COMMANDS_MAX) };
    return part.chance(2)
      ? { kind: 'kill', of, atCall: part.between(1, CALLS_MADE) }
      : { kind: 'torn-write', of, atAppend: 1, bytes: part.between(1, part.pick([50, 2000])) };
  });
  const at = part.between(0, DURATION_MS);
  const forMs = part.pick([20, 100]);
  return [
    ...kills,
    ...part.pick<Fault[]>([
      [],
      [{ kind: 'disk-full', at, forMs, leaving: part.pick([0, 100, 2000]) }],
      [{ kind: 'disk-error', at, forMs, oneIn: part.pick([2, 5]) }],
    ]),
  ];
}

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const instants = Array.from({ length: INSTANTS }, () => whole.between(SERVING_MS, DURATION_MS));
  const terminals = Array.from({ length: whole.between(2, TERMINALS_MAX) }, (_, terminal) =>
    terminalOf(draws.of(`terminal ${terminal}`), terminal, instants),
  );
  return {
    seed,
    ...onlyAlice(false),
    scripts: [
      { user: 'alice', steps: [{ at: 0, do: 'sessiond' }] },
      { user: 'alice', steps: applicationsOf(draws.of('applications')) },
      ...terminals,
    ],
    samplesAt: [...samplesOf(draws.of('samples')), END_MS],
  };
}

/** Applications that run beside the commands, and record little at a time. */
function applicationsOf(part: PartDraw): ScriptStep[] {
  const starts = Array.from({ length: part.between(1, APPLICATIONS_MAX) }, () =>
    part.between(0, DURATION_MS / 2),
  );
  return starts
    .toSorted((one, other) => one - other)
    .map((at) => ({
      at,
      do: 'application',
      workload: {
        steps: Array.from({ length: part.between(5, 20) }, (_, index) => ({
          at: index * 10,
          do: 'emit',
          of: part.pick(['a', 'ab', 'b']),
          count: part.between(1, 5),
          characters: part.between(0, 100),
        })),
        ...(part.chance(4) ? { killAtCall: part.between(20, 160) } : {}),
      },
    }));
}

function terminalOf(part: PartDraw, terminal: number, instants: readonly number[]): Script {
  const count = part.between(COMMANDS_MIN, COMMANDS_MAX);
  const times = Array.from({ length: count }, () => instants[part.between(0, INSTANTS - 1)] ?? 0);
  times.sort((one, other) => one - other);
  const steps = times.map((at, index): ScriptStep => {
    const name = part.pick(NAMES);
    const output = part.chance(3)
      ? `${HOME}/lttng-traces/${name}`
      : `${HOME}/trace-${terminal}-${index}`;
    const isFirst = index === 0;
    return { at, do: 'lttng', command: commandOf(part, name, output, isFirst) };
  });
  return { user: 'alice', steps };
}

function commandOf(part: PartDraw, name: string, output: string, isFirst: boolean): UserCommand {
  if (isFirst || part.chance(6)) return operations(creationOf(part, name, output));
  if (part.chance(6)) return operations([changeOf(part, name), changeOf(part, name)]);
  return {
    ...drawKept(part, { names: [name], again: 'again', change: changeOf }),
    tolerated: TOLERATED,
  };
}

function operations(of: readonly Operation[]): UserCommand {
  return { kind: 'operations', operations: of, tolerated: TOLERATED };
}

/** Creates a session, says many things of it, and mostly starts it. */
function creationOf(part: PartDraw, session: string, output: string): Operation[] {
  const isFlightRecorder = part.chance(5);
  const settings = channelOf(part, isFlightRecorder);
  const rules = Array.from({ length: part.between(1, 4) }, () => rulesOf(part, session));
  const more = Array.from({ length: part.between(0, 4) }, () =>
    settingOf(part, session, isFlightRecorder),
  );
  return [
    {
      op: 'session.create',
      name: session,
      output,
      ...(isFlightRecorder ? { flightRecorder: true } : {}),
    },
    { op: 'channel.add', session, channel: settings },
    ...(part.chance(3)
      ? [{ op: 'channel.add', session, channel: { ...settings, name: 'other' } } as const]
      : []),
    ...(settings.bufferScheme === 'uid' ? namingWriters(session) : []),
    ...(part.chance(2) ? [enabling(session, 'small', ['sim:*'])] : []),
    ...rules,
    ...more,
    ...(isFlightRecorder && part.chance(2) ? withOtherSnapshots(part, session) : []),
    ...(part.chance(3) ? [] : [{ op: 'session.start', session } as const]),
  ];
}

/** Its snapshots go elsewhere, or nowhere in particular. */
function withOtherSnapshots(part: PartDraw, session: string): Operation[] {
  const added = drawSnapshotOutput(part, session);
  return [
    { op: 'snapshot.remove', session, id: '1' },
    ...(added.op === 'snapshot.add' ? [added] : []),
  ];
}

/** Only so do the laws know who wrote an event into buffers of a user. */
function namingWriters(session: string): Operation[] {
  return [{ op: 'context.add', session, contexts: ['vpid'] }];
}

function channelOf(
  part: PartDraw,
  isFlightRecorder: boolean,
): Extract<Operation, { op: 'channel.add' }>['channel'] {
  const channel = part.channel('small');
  const files = { bytes: 100_000, count: part.pick([0, 2]) };
  const isShared = part.chance(6);
  return {
    ...channel,
    // Timers of milliseconds would dominate the run.
    switchTimerUs: part.pick([0, 20_000]),
    readTimerUs: part.pick([0, 20_000]),
    ...(!isFlightRecorder && part.chance(4) ? { tracefiles: files } : {}),
    ...(isShared ? { shape: ROOMY, bufferScheme: 'uid' } : {}),
  };
}

/** A rule of one of a few names, so that some are alike but for one thing. */
function rulesOf(part: PartDraw, session: string): Operation {
  const { pattern, ...rule } = ruleOf(part);
  const patterns = part.chance(3) ? ['sim:*', pattern] : [part.pick(['sim:*', pattern])];
  const areAll = patterns.every((each) => each.includes('*'));
  const { exclusions, ...rest } = rule;
  return {
    op: 'event.enable',
    session,
    channel: 'small',
    patterns: [...new Set(patterns)],
    ...rest,
    ...(areAll && exclusions !== undefined ? { exclusions } : {}),
  };
}

/** One thing that a user says of a session that is not started. */
function settingOf(part: PartDraw, session: string, isFlightRecorder: boolean): Operation {
  switch (part.between(0, 6)) {
    case 0:
      return drawTracking(part, session);
    case 6:
      return {
        op: 'channel.add',
        session,
        channel: { ...part.channel('small'), switchTimerUs: 0, readTimerUs: 20_000 },
        target: { kind: 'command', name: part.pick(['application', 'other']) },
      };
    case 1:
      return isFlightRecorder
        ? drawSnapshotOutput(part, session)
        : {
            op: 'rotation.enable',
            session,
            ...part.pick([{ everyUs: 1_000_000 }, { atBytes: 65_536 }]),
          };
    case 2:
      return { op: 'event.disable', session, channel: 'small', patterns: ['sim:*'] };
    case 3:
      return { op: 'channel.disable', session, channels: ['small'] };
    default:
      return drawContexts(part, session, 'small', 'sim:*');
  }
}

/** A change, or a question. */
function changeOf(part: PartDraw, session: string): Operation {
  switch (part.between(0, 7)) {
    case 0:
      return { op: 'session.stop', session };
    case 1:
    case 2:
      return { op: 'session.start', session };
    case 3:
      return { op: part.pick(['session.get', 'session.destroy']), session };
    case 4:
      return rulesOf(part, session);
    default:
      return settingOf(part, session, part.chance(2));
  }
}
