/**
 * SN1: snapshots of a session, several at once, some with a largest size, some after a clear, while it records and
 * while it is stopped: of a flight recorder, which writes nothing else, and of a session whose consumer continues
 * undisturbed. Also a program that is recorded in case it fails (R1.23).
 */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import {
  drawSnapshotBytes,
  drawSnapshotOutput,
  SNAPSHOT_OUTPUT_REFUSALS,
} from '../input/snapshot-outputs.ts';
import { applicationsOf, commandsOf, DURATION_MS, SERVING_MS, samplesOf } from './parts.ts';

const SESSION = 'of-alice';
/** No packet fits. */
const NO_ROOM: readonly ClientErrorCode[] = ['SNAPSHOT_FAILED'];

export const sn1: Scenario = {
  id: 'SN1',
  title: 'a user takes snapshots of a session, several at once',
  marks: [
    'event-recorded',
    'event-discarded',
    'killed-inside-an-event',
    'snapshot-taken',
    'snapshots-at-once',
    'snapshot-of-the-dead',
    'snapshot-of-the-newest',
    'snapshot-short',
    'snapshot-after-clear',
    'snapshot-on-crash',
    'traced-through-the-group',
  ],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const isGlobal = whole.chance(2);
  const scripts: Script[] = isGlobal ? [{ user: 'root', steps: [{ at: 0, do: 'sessiond' }] }] : [];
  scripts.push({ user: 'alice', steps: applicationsOf(draws.of('applications of alice'), 1) });
  if (isGlobal) {
    scripts.push({ user: 'bob', steps: applicationsOf(draws.of('applications of bob'), 0) });
  }
  const isFlightRecorder = !whole.chance(3);
  const commands = commandsOf(draws.of('commands'), 'alice', { isFlightRecorder });
  const between = withSnapshots(commands, draws.of('snapshots between'), draws.of('sizes'));
  scripts.push({ user: 'alice', steps: withChanges(between, draws.of('clears and outputs')) });
  const several = whole.between(0, 4);
  const together = draws.of('times of snapshots');
  const times = timesOf(together, 3);
  for (let index = 0; index < several; index++) {
    const part = draws.of(`snapshots ${index}`);
    const user = isGlobal && part.chance(4) ? 'root' : 'alice';
    const sizes = draws.of(`sizes ${index}`);
    scripts.push({ user, steps: snapshotsOf(part, user, index, times, sizes) });
  }
  if (whole.chance(2)) {
    scripts.push({ user: 'alice', steps: [recordedForCrash(draws.of('recorded'))] });
  }
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: isGlobal ? ['tracing'] : [] },
      { name: 'bob', uid: 1002, gid: 1002, groups: [] },
    ],
    groups: { root: 0, alice: 1001, bob: 1002, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt: samplesOf(draws.of('samples')),
  };
}

/** After the session's creation and before its destruction: nothing excuses a failure of these. */
function withSnapshots(
  commands: readonly ScriptStep[],
  part: PartDraw,
  sizes: PartDraw,
): ScriptStep[] {
  return commands.flatMap((step, index) => {
    if (index === 0 || !part.chance(2)) return [step];
    const bytesMax = drawSnapshotBytes(sizes);
    const command = {
      kind: 'snapshot' as const,
      session: SESSION,
      output: `/home/alice/between-${index}`,
      ...(bytesMax === undefined ? {} : { bytesMax, tolerated: NO_ROOM }),
    };
    return [{ at: step.at, do: 'lttng' as const, command }, step];
  });
}

/** Clears the session, or says where its snapshots go, between other commands. */
function withChanges(steps: readonly ScriptStep[], part: PartDraw): ScriptStep[] {
  return steps.flatMap((step, index) => {
    if (index === 0 || !part.chance(3)) return [step];
    const operation = part.chance(3)
      ? drawSnapshotOutput(part, SESSION)
      : ({ op: 'session.clear', session: SESSION } as const);
    const command = {
      kind: 'operations' as const,
      operations: [operation],
      tolerated: SNAPSHOT_OUTPUT_REFUSALS,
    };
    return [{ at: step.at, do: 'lttng' as const, command }, step];
  });
}

function timesOf(part: PartDraw, most: number): number[] {
  const times = Array.from({ length: part.between(1, most) }, () =>
    part.between(SERVING_MS, DURATION_MS),
  );
  return times.sort((one, other) => one - other);
}

/** At any time, half of them concurrent with others: the session may not exist yet, or not any more. */
function snapshotsOf(
  part: PartDraw,
  user: string,
  script: number,
  together: readonly number[],
  sizes: PartDraw,
): ScriptStep[] {
  const home = user === 'root' ? '/root' : `/home/${user}`;
  const times = part.chance(2) ? together : timesOf(part, 3);
  return times.map((at, index) => {
    const bytesMax = drawSnapshotBytes(sizes);
    return {
      at,
      do: 'lttng',
      command: {
        kind: 'snapshot',
        session: SESSION,
        output: `${home}/snapshot-${script}-${index}`,
        ...(bytesMax === undefined ? {} : { bytesMax }),
        tolerated: ['NO_REGISTRY', 'NO_SESSION', 'SNAPSHOT_FAILED'],
      },
    };
  });
}

function recordedForCrash(part: PartDraw): ScriptStep {
  return {
    at: part.between(SERVING_MS, DURATION_MS / 2),
    do: 'lttng',
    command: {
      kind: 'record',
      name: 'for-crash',
      output: '/home/alice/for-crash',
      channel: part.channel('small'),
      patterns: ['*'],
      workload: part.workload(DURATION_MS / 2),
      onCrash: '/home/alice/crash',
    },
  };
}
