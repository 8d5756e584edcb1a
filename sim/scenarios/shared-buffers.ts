/**
 * U1: the programs of a user share buffers (R1.27). Many short programs of two users run one after another and side by
 * side; some are killed in the middle of an event. The consumer or the registry may be killed, too, also around a
 * rotation. In some runs each thread has buffers of its own.
 *
 * U2: the same with a flight recorder, of which snapshots are taken. Its buffers hold everything.
 */
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault, FaultScript } from '../input/fault.ts';
import type { Scenario, ScenarioInput, Script, ScriptStep } from '../input/scenario.ts';
import type { WorkStep } from '../input/workload.ts';
import { BOTH_IN_GROUP, operationsAt, recordingAll, SERVING_MS } from './parts.ts';

const SESSION = 'shared';
const OUTPUT = '/home/alice/shared';
/** When programs start, milliseconds, and how long they run. */
const FIRST_MS = 5;
const COMING_MS = 400;
const LIFE_MS_MAX = 50;
/** When all of them have ended, and dead ones are known. */
const END_MS = 700;
const PROGRAMS_MAX = 20;
/** With these, what all programs record fits into one stream. */
const EVENTS_AT_ONCE_MAX = 3;
const CHARACTERS_MAX = 100;
/** Approximate number of appends of a consumer. */
const APPENDS_MADE = 20;

export const u1: Scenario = {
  id: 'U1',
  title: 'programs of a user write the same buffers, one after another',
  marks: ['event-recorded', 'buffers-handed-over', 'handed-over-after-a-kill', 'archive-made'],
  labels: ['kill-at-time', 'torn-write'],
  draw: (seed) => draw(seed, { isFlightRecorder: false }),
};

export const u2: Scenario = {
  id: 'U2',
  title: 'snapshots have the events of programs that write the same buffers, one after another',
  marks: ['event-recorded', 'buffers-handed-over', 'snapshot-taken', 'snapshot-of-the-dead'],
  labels: ['kill-at-time'],
  draw: (seed) => draw(seed, { isFlightRecorder: true }),
};

interface Kind {
  readonly isFlightRecorder: boolean;
}

function draw(seed: number, kind: Kind): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const registryOf = whole.pick(['root', 'root', 'alice']);
  const count = whole.between(3, PROGRAMS_MAX);
  // In every third run one after another.
  const isInTurn = whole.chance(3);
  const starts = Array.from({ length: count }, (_, index) => {
    const turn = Math.floor(((COMING_MS - FIRST_MS) * index) / count);
    return isInTurn ? FIRST_MS + turn : whole.between(FIRST_MS, COMING_MS);
  });
  const programs = starts.map((at, index) => programOf(draws.of(`program ${index}`), at));
  return {
    seed,
    ...BOTH_IN_GROUP,
    scripts: [
      { user: registryOf, steps: [{ at: 0, do: 'sessiond' }] },
      { user: 'alice', steps: commandsOf(draws.of('commands'), kind) },
      ...programs,
    ],
    samplesAt: [100, 200, 300, 450],
    ...(whole.chance(2) ? {} : { faults: faultsOf(draws.of('faults'), registryOf, starts, kind) }),
  };
}

function programOf(part: PartDraw, at: number): Script {
  const lastsMs = part.between(2, LIFE_MS_MAX);
  const steps: WorkStep[] = [];
  for (let now = 1; now < lastsMs; now += part.between(1, 10)) {
    steps.push({
      at: now,
      do: 'emit',
      of: part.pick(['a', 'b', 'c', 'd', 'e']),
      count: part.between(1, EVENTS_AT_ONCE_MAX),
      characters: part.between(0, CHARACTERS_MAX),
    });
  }
  steps.push({ at: lastsMs, do: 'exit', code: 0 });
  const killed = part.chance(4) ? { killAtCall: part.between(20, 160) } : {};
  const step: ScriptStep = { at, do: 'application', workload: { steps, ...killed } };
  return { user: part.pick(['alice', 'alice', 'bob']), steps: [step] };
}

function commandsOf(part: PartDraw, { isFlightRecorder }: Kind): ScriptStep[] {
  const session = SESSION;
  const subbufferBytes = part.pick([4096, 16_384, 65_536]);
  const channel = {
    name: 'all',
    shape: { subbufferBytes, subbufferCount: 262_144 / subbufferBytes, overwrite: false },
    switchTimerUs: part.pick([0, 5000, 20_000]),
    readTimerUs: part.pick([0, 5000]),
    bufferScheme: part.pick(['uid', 'uid', 'uid', 'pid'] as const),
    // Files of bounded size, none of which is overwritten.
    ...(part.chance(4) ? { tracefiles: { bytes: subbufferBytes, count: 0 } } : {}),
  };
  const middle: ScriptStep[] = [];
  for (let count = isFlightRecorder ? part.between(1, 3) : 0; count > 0; count--) {
    const command = { kind: 'snapshot', session, output: `/home/alice/snapshot-${count}` } as const;
    middle.push({ at: part.between(50, END_MS - 50), do: 'lttng', command });
  }
  if (!isFlightRecorder && part.chance(2)) {
    const at = part.between(50, END_MS - 50);
    middle.push(operationsAt(at, [{ op: 'session.rotate', session }]));
  }
  if (part.chance(3)) {
    const bufferScheme = channel.bufferScheme === 'uid' ? 'pid' : 'uid';
    const other = { ...channel, name: 'other', bufferScheme } as const;
    middle.push(operationsAt(60, [{ op: 'channel.add', session, channel: other }], 'NOT_ALLOWED'));
  }
  return [
    operationsAt(SERVING_MS, [
      ...recordingAll(session, OUTPUT, channel, isFlightRecorder ? { flightRecorder: true } : {}),
      // Events name their process: packets do not.
      { op: 'context.add', session, channel: 'all', contexts: ['vpid'] },
      { op: 'session.start', session },
    ]),
    ...middle.toSorted((one, other) => one.at - other.at),
    operationsAt(END_MS, [{ op: 'session.destroy', session }]),
  ];
}

/** Often while a stream is being given to a program. */
function faultsOf(
  part: PartDraw,
  user: string,
  starts: readonly number[],
  { isFlightRecorder }: Kind,
): FaultScript {
  const start = starts[part.between(0, starts.length - 1)] ?? 0;
  const whenever = part.between(30, COMING_MS - 50);
  const at = part.chance(2) ? whenever : Math.max(30, start + part.between(0, 25));
  const consumer = { program: 'ust-consumerd', index: 0 };
  const registry = { program: 'lttng-sessiond', index: 0 };
  const killed: Fault[] = [
    { kind: 'kill-at-time', of: registry, at },
    { kind: 'registry-starts', user, at: at + part.pick([5, 20, 100]) },
  ];
  if (isFlightRecorder) return killed;
  return part.pick<FaultScript>([
    [{ kind: 'kill-at-time', of: consumer, at }],
    [{ kind: 'pause', of: consumer, at, forMs: part.pick([20, 100]) }],
    [
      {
        kind: 'torn-write',
        of: consumer,
        atAppend: part.between(1, APPENDS_MADE),
        bytes: part.between(1, 4096),
      },
    ],
    killed,
    [...killed, { kind: 'kill-at-time', of: consumer, at: at + part.between(0, 20) }],
  ]);
}
