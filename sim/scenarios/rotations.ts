/** T1: the trace of a session is rotated and cleared while applications record, by commands and by a schedule. */
import type { ChannelSettings } from '../../src/wire/common.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
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
const ROTATIONS_MAX = 5;
/** The shortest period of a schedule lies behind the run's end, so some of its runs last longer. */
const LONG_MS = 2500;

export const t1: Scenario = {
  id: 'T1',
  title: 'the trace of a session is rotated and cleared while it is written',
  marks: ['event-recorded', 'archive-made', 'trace-cleared'],
  draw: (seed) => {
    const draws = new Draw(seed);
    const part = draws.of('commands');
    const isLong = part.chance(8);
    const durationMs = isLong ? LONG_MS : DURATION_MS;
    const applications = applicationsOf(draws.of('applications'), 1);
    const commands = [
      ...commandsOf(part, durationMs, filesOf(draws.of('tracefiles'))),
      ...regenerationsOf(draws.of('regenerations'), durationMs),
    ];
    const steps = isLong
      ? applications.map((step): ScriptStep => {
          const workload = draws.of('long').workload(durationMs);
          return step.do === 'application' ? { ...step, workload } : step;
        })
      : applications;
    return {
      seed,
      ...onlyAlice(false),
      scripts: [
        { user: 'alice', steps },
        { user: 'alice', steps: commands.toSorted((one, other) => one.at - other.at) },
        { user: 'alice', steps: part.chance(3) ? neighbour(part, durationMs) : [] },
      ],
      samplesAt: samplesOf(draws.of('samples')),
    };
  },
};

/** Another session that writes into the same directory. */
function neighbour(part: PartDraw, durationMs: number): ScriptStep[] {
  const session = 'db';
  const begin = recordingAll(session, OUTPUT, part.channel('other'));
  return [
    operationsAt(SERVING_MS, [...begin, { op: 'session.start', session }]),
    operationsAt(part.between(SERVING_MS, durationMs), [{ op: 'session.destroy', session }]),
  ];
}

/** Its metadata is written anew, perhaps while a schedule rotates it. */
function regenerationsOf(part: PartDraw, durationMs: number): ScriptStep[] {
  const operations: Operation[] = [{ op: 'session.regenerate', session: SESSION }];
  const command = { kind: 'operations', operations, tolerated: ['SESSION_BUSY'] } as const;
  return Array.from({ length: part.between(0, 2) }, () => ({
    // After its creation, and before its end.
    at: part.between(SERVING_MS + 1, durationMs - 1),
    do: 'lttng',
    command,
  }));
}

/** Each archive has files of its own, from number 0 on. */
function filesOf(part: PartDraw): Pick<ChannelSettings, 'tracefiles'> {
  if (!part.chance(3)) return {};
  const bytes = part.pick([5000, 20_000, 100_000]);
  return { tracefiles: { bytes, count: part.pick([0, 0, 2, 3]) } };
}

function commandsOf(
  part: PartDraw,
  durationMs: number,
  files: Pick<ChannelSettings, 'tracefiles'>,
): ScriptStep[] {
  const session = SESSION;
  const begin = recordingAll(session, OUTPUT, { ...part.channel('small'), ...files });
  const schedule = part.pick<Partial<Extract<Operation, { op: 'rotation.enable' }>>>([
    {},
    { everyUs: 1_000_000 },
    { atBytes: 65_536 },
    { everyUs: 1_500_000, atBytes: 100_000 },
  ]);
  if (Object.keys(schedule).length > 0) begin.push({ op: 'rotation.enable', session, ...schedule });
  const middle = Array.from({ length: part.between(1, ROTATIONS_MAX) }, (): Operation => {
    return { op: part.pick(['session.rotate', 'session.rotate', 'session.clear']), session };
  });
  if (part.chance(2)) middle.push({ op: 'session.stop', session });
  // After the last event of some runs.
  if (part.chance(2)) middle.push({ op: 'session.rotate', session });
  const times = middle.map(() => part.between(SERVING_MS, durationMs)).toSorted((a, b) => a - b);
  return [
    operationsAt(SERVING_MS, [...begin, { op: 'session.start', session }]),
    ...middle.map((operation, index) => operationsAt(times[index] ?? 0, [operation])),
    operationsAt(durationMs, [{ op: 'session.destroy', session }]),
  ];
}
