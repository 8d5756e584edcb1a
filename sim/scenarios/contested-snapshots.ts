/**
 * SN2: concurrent snapshots of two flight recorders with the same output. Each may be preempted between a check and its
 * use. At the end one snapshot is complete at the output, and no snapshot changes the files of another.
 */
import { Draw, type PartDraw } from '../input/draw.ts';
import { type Scenario, type ScenarioInput, type ScriptStep } from '../input/scenario.ts';
import type { WorkStep } from '../input/workload.ts';
import { onlyAlice, operationsAt, recordingAll, SERVING_MS, sideBySide, untimed } from './parts.ts';

const SESSIONS = ['one', 'other'] as const;
/** Everything is emitted before the first snapshot: no writer overtakes a delayed snapshot. */
const EMITTED_MS = 80;
const SNAPSHOT_MS = 150;
const APART_MS_MAX = 1;
const END_MS = 400;
const SILENT_MAX = 10;

export const sn2: Scenario = {
  id: 'SN2',
  title: 'concurrent snapshots with the same output',
  marks: ['snapshot-taken', 'command-refused'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  // Silent applications have no data to write: more time passes between the check and the first directory.
  const silent = whole.between(0, SILENT_MAX);
  const applications = Array.from({ length: silent + whole.between(1, 3) }, (_, index) =>
    applicationOf(draws.of(`application ${index}`), index < silent),
  );
  const takers = Array.from({ length: whole.between(3, 6) }, (_, index) =>
    snapshotOf(draws.of(`snapshot ${index}`)),
  );
  return {
    seed,
    ...onlyAlice(false),
    scripts: [
      { user: 'alice', steps: [{ at: 0, do: 'sessiond' }] },
      ...SESSIONS.map((session) => ({ user: 'alice', steps: recorded(session) })),
      ...sideBySide('alice', [...applications, ...takers]),
    ],
    samplesAt: [SNAPSHOT_MS + whole.between(0, 10)],
    quirks: ['preempted'],
  };
}

function recorded(session: string): ScriptStep[] {
  const shape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: true };
  const channel = untimed('only', shape);
  return [
    operationsAt(SERVING_MS, [
      ...recordingAll(session, `/home/alice/${session}`, channel, { flightRecorder: true }),
      { op: 'session.start', session },
    ]),
    operationsAt(END_MS, [{ op: 'session.destroy', session }]),
  ];
}

function applicationOf(part: PartDraw, isSilent: boolean): ScriptStep {
  const steps: WorkStep[] = Array.from({ length: isSilent ? 0 : part.between(1, 4) }, () => ({
    at: part.between(30, EMITTED_MS),
    do: 'emit',
    of: part.pick(['a', 'b']),
    count: part.between(1, 5),
    characters: 10,
  }));
  steps.sort((one, other) => one.at - other.at);
  return {
    at: isSilent ? 0 : part.between(10, 20),
    do: 'application',
    workload: { steps: [...steps, { at: END_MS, do: 'exit', code: 0 }] },
  };
}

function snapshotOf(part: PartDraw): ScriptStep {
  return {
    at: SNAPSHOT_MS + part.between(0, APART_MS_MAX),
    do: 'lttng',
    command: {
      kind: 'snapshot',
      session: part.pick(SESSIONS),
      output: '/home/alice/contested',
      tolerated: ['SNAPSHOT_FAILED'],
    },
  };
}
