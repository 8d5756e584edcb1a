/** S5: signals interrupt a user's recordings, one or several in a row, at any moment. */
import { Draw, type PartDraw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import { samplesOf } from './parts.ts';

const DURATION_MS = 60;
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;
const SIGNALS_MAX = 4;
/** Signals in a row: the second one comes while the command answers the first. */
const ROW_MS = 3;

export const s5: Scenario = {
  id: 'S5',
  title: 'signals interrupt recordings at any moment',
  marks: ['event-recorded', 'recording-not-begun', 'recording-interrupted', 'recording-left'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const isGlobal = whole.chance(2);
  const scripts: Script[] = isGlobal ? [{ user: 'root', steps: [{ at: 0, do: 'sessiond' }] }] : [];
  const recordings = whole.between(1, 3);
  for (let index = 0; index < recordings; index++) {
    const step = recordingOf(draws.of(`recording ${index}`), index);
    scripts.push({ user: 'alice', steps: [{ ...step, at: isGlobal ? 10 : 0 }] });
  }
  scripts.push({ user: 'alice', steps: signalsOf(draws.of('signals')) });
  return {
    seed,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: isGlobal ? ['tracing'] : [] }],
    groups: { root: 0, alice: 1001, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt: samplesOf(draws.of('samples')),
  };
}

function recordingOf(part: PartDraw, index: number): ScriptStep {
  return {
    at: 0,
    do: 'lttng',
    command: {
      kind: 'record',
      name: `run-${index}`,
      output: '/home/alice/runs',
      channel: part.channel('small'),
      patterns: ['*'],
      workload: part.workload(DURATION_MS),
      tolerated: ['INTERRUPTED', 'SNAPSHOT_FAILED'],
      ...(part.chance(4) ? { onCrash: `/home/alice/crash-${index}` } : {}),
    },
  };
}

function signalsOf(part: PartDraw): ScriptStep[] {
  const times: number[] = [part.between(0, 2 * DURATION_MS)];
  for (let more = part.between(0, SIGNALS_MAX - 1); more > 0; more--) {
    times.push((times.at(-1) ?? 0) + part.between(0, ROW_MS));
  }
  return times.map((at) => ({ at, do: 'interrupt', signal: part.pick(SIGNALS) }));
}
