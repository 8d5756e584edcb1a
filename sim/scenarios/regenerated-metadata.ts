/**
 * T2: the time of day is set while a session records, and its metadata is written anew for that, by command. Consumers
 * and registries are killed meanwhile.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault, FaultScript } from '../input/fault.ts';
import type { Scenario, ScriptStep } from '../input/scenario.ts';
import {
  applicationsOf,
  DURATION_MS,
  onlyAlice,
  operationsAt,
  recordingAll,
  SERVING_MS,
  samplesOf,
} from './parts.ts';

const SESSION = 'web';
const OUTPUT = '/home/alice/trace';
const REGENERATIONS_MAX = 4;
const STEPS_MAX = 3;
/** Approximately how long a request for new metadata takes, microseconds. */
const REQUEST_US = 900;
/** Files that a consumer renames, and appends that it makes, until it has written metadata anew. */
const RENAMES_MADE = 6;
const APPENDS_MADE = 15;

export const t2: Scenario = {
  id: 'T2',
  title: 'the clock is set while a session records, and its metadata is written anew',
  marks: [
    'event-recorded',
    'metadata-regenerated',
    'consumer-killed-in-regenerate',
    'consumer-came-back',
  ],
  labels: ['clock-step', 'kill', 'kill-under', 'torn-write', 'disk-full'],
  draw: (seed) => {
    const draws = new Draw(seed);
    const part = draws.of('commands');
    const bufferScheme = draws.of('buffers').pick(['pid', 'uid'] as const);
    const of = draws.of('applications');
    const kills = killsOf(draws.of('kills'));
    // FT1 has faults of rotations.
    const rotates = part.chance(2) && kills.length === 0;
    return {
      seed,
      ...onlyAlice(false),
      scripts: [
        { user: 'alice', steps: bufferScheme === 'pid' ? applicationsOf(of, 1) : calm(of) },
        { user: 'alice', steps: commandsOf(part, bufferScheme, rotates) },
        { user: 'alice', steps: part.chance(3) ? neighbour(part) : [] },
      ],
      samplesAt: samplesOf(draws.of('samples')),
      faults: [...stepsOf(draws.of('steps')), ...kills],
    };
  },
};

/** Losses of shared buffers have no known process: there is room for all events. */
function calm(part: PartDraw): ScriptStep[] {
  const starts = Array.from({ length: part.between(1, 3) }, () => part.between(0, DURATION_MS));
  return starts
    .toSorted((one, other) => one - other)
    .map((at): ScriptStep => {
      const steps = Array.from({ length: part.between(1, 10) }, (_, index) => ({
        at: 10 * index + part.between(1, 9),
        do: 'emit' as const,
        of: part.pick(['a', 'b', 'c']),
        count: part.between(1, 3),
        characters: part.between(0, 100),
      }));
      const workload = { steps: [...steps, { at: 110, do: 'exit' as const, code: 0 }] };
      return { at, do: 'application', workload };
    });
}

/** Another session that writes into the same directory. */
function neighbour(part: PartDraw): ScriptStep[] {
  const session = 'db';
  const begin = recordingAll(session, OUTPUT, part.channel('other'));
  return [
    operationsAt(SERVING_MS, [...begin, { op: 'session.start', session }]),
    operationsAt(part.between(SERVING_MS, DURATION_MS), [{ op: 'session.destroy', session }]),
  ];
}

function commandsOf(part: PartDraw, bufferScheme: 'pid' | 'uid', rotates: boolean): ScriptStep[] {
  const session = SESSION;
  const drawn = part.channel('small');
  const shape =
    bufferScheme === 'uid'
      ? { subbufferBytes: 16_384, subbufferCount: 16, overwrite: false }
      : drawn.shape;
  const begin = recordingAll(session, OUTPUT, { ...drawn, shape, bufferScheme });
  // Events name their process: packets of shared buffers do not.
  begin.push({ op: 'context.add', session, channel: 'small', contexts: ['vpid'] });
  const middle = Array.from(
    { length: part.between(1, REGENERATIONS_MAX) },
    (): Operation => ({ op: 'session.regenerate', session }),
  );
  if (rotates) middle.push({ op: 'session.rotate', session });
  if (part.chance(3)) middle.push({ op: 'session.stop', session });
  const times = middle.map(() => part.between(SERVING_MS, DURATION_MS)).toSorted((a, b) => a - b);
  // In every order: often of a session that is stopped.
  const order = middle.toSorted(() => part.pick([-1, 1]));
  return [
    operationsAt(SERVING_MS, [...begin, { op: 'session.start', session }]),
    ...order.map((operation, index) => operationsAt(times[index] ?? 0, [operation])),
    operationsAt(DURATION_MS, [{ op: 'session.destroy', session }]),
  ];
}

function stepsOf(part: PartDraw): FaultScript {
  return Array.from({ length: part.between(1, STEPS_MAX) }, () => ({
    kind: 'clock-step' as const,
    at: part.between(SERVING_MS, DURATION_MS),
    byMs: part.pick([-86_400_000, -1000, -1, 1, 3_600_000, 86_400_000]),
  }));
}

function killsOf(part: PartDraw): FaultScript {
  return part.chance(4) ? [] : Array.from({ length: part.between(1, 2) }, () => faultOf(part));
}

function faultOf(part: PartDraw): Fault {
  const of = { program: 'ust-consumerd', index: part.pick([0, 0, 1]) };
  const op = 'session.regenerate';
  const [nth, afterUs] = [part.between(1, 2), part.between(1, REQUEST_US)];
  switch (part.between(0, 6)) {
    case 0:
    case 1:
      return { kind: 'kill-under', victim: 'consumer', op, nth, afterUs };
    case 2:
      return { kind: 'kill-under', victim: 'registry', op, nth, afterUs };
    case 3:
    case 4:
      return { kind: 'kill', of, atCall: part.between(1, RENAMES_MADE), call: 'files.rename' };
    case 5:
      return {
        kind: 'torn-write',
        of,
        atAppend: part.between(1, APPENDS_MADE),
        bytes: part.between(1, 4096),
      };
    default:
      return {
        kind: 'disk-full',
        at: part.between(SERVING_MS, DURATION_MS),
        forMs: 50,
        leaving: part.between(1, 5000),
      };
  }
}
