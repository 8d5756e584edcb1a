/**
 * A1: registries end and start while applications run, some in the middle of a registration. The serving registry has
 * every application and its tracepoints, including applications that waited on the common pipe. A2: a registry is
 * killed, and the next one ends while applications hang: they detach the segments that it removed.
 */
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault } from '../input/fault.ts';
import {
  type Scenario,
  type ScenarioInput,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import type { Workload, WorkStep } from '../input/workload.ts';
import { recordingAt } from './paced-recording.ts';
import { onlyAlice, SERVING_MS, sideBySide } from './parts.ts';

/** Time between two changes of the registry: long enough for obligations due within a second, and a list. */
const EPOCH_MS = 1500;
const LOOK_MS = 600;
const LIST_MS = 1200;
const EPOCHS_MAX = 3;
/** Around the change applications start, and old and new registries overlap. */
const CHANGE_MS = 30;
const APPLICATIONS_MAX = 4;
/** An application hangs for longer than an ending registry waits for it. */
const HANG_AT_MS = 150;
const HANG_MS = 4000;
const GOES_MS = 7000;

export const a1: Scenario = {
  id: 'A1',
  title: 'registries end and start, and every application registers with the next one',
  marks: ['registry-came-back', 'application-waited-on-pipe', 'registry-of-a-user', 'stale-check'],
  draw,
};

export const a2: Scenario = {
  id: 'A2',
  title: 'a registry is killed, and the next one ends while applications hang',
  marks: ['event-recorded'],
  labels: ['pause'],
  draw: drawHanging,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const epochs = whole.between(1, EPOCHS_MAX);
  const applicationsOf = (user: string): ScriptStep[] => {
    const part = draws.of(`applications of ${user}`);
    return Array.from({ length: part.between(1, APPLICATIONS_MAX) }, () =>
      applicationIn(part, epochs),
    ).toSorted((one, other) => one.at - other.at);
  };
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
      { name: 'bob', uid: 1002, gid: 1002, groups: [] },
    ],
    groups: { root: 0, alice: 1001, bob: 1002, tracing: TRACING_GROUP_ID },
    scripts: [
      { user: 'root', steps: registriesIn(draws.of('registries of root'), epochs) },
      { user: 'bob', steps: registriesIn(draws.of('registries of bob'), epochs) },
      { user: 'alice', steps: applicationsOf('alice') },
      { user: 'bob', steps: applicationsOf('bob') },
      ...['alice', 'bob'].map((user) => ({ user, steps: listsIn(epochs) })),
    ],
    samplesAt: Array.from({ length: epochs }, (_, epoch) => EPOCH_MS * epoch + LOOK_MS),
    ...(whole.chance(2) ? { quirks: ['preempted'] as const } : {}),
  };
}

/** An application that starts near a change and runs to the end. */
function applicationIn(part: PartDraw, epochs: number): ScriptStep {
  const at = EPOCH_MS * part.between(0, epochs - 1) + part.pick([0, 0, part.between(0, CHANGE_MS)]);
  const end = EPOCH_MS * epochs - at;
  const steps: WorkStep[] = ['a', 'b', 'c'].map((of) => ({
    at: part.between(0, end),
    do: 'emit',
    of,
    count: 1,
    characters: 10,
  }));
  const workload: Workload = {
    steps: [...steps.toSorted((one, other) => one.at - other.at), { at: end, do: 'exit', code: 0 }],
  };
  return { at, do: 'application', workload };
}

/** At each change the current registry may end, and another one starts, sometimes before the other has ended. */
function registriesIn(part: PartDraw, epochs: number): ScriptStep[] {
  const steps: ScriptStep[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const at = EPOCH_MS * epoch;
    if (part.chance(4)) continue;
    if (epoch > 0) steps.push({ at: at + part.between(0, CHANGE_MS), do: 'terminate' });
    steps.push({ at: at + part.between(0, CHANGE_MS), do: 'sessiond' });
  }
  return steps.toSorted((one, other) => one.at - other.at);
}

function listsIn(epochs: number): ScriptStep[] {
  return Array.from({ length: epochs }, (_, epoch) => ({
    at: EPOCH_MS * epoch + LIST_MS,
    do: 'lttng',
    command: { kind: 'list', tolerated: ['NO_REGISTRY'] },
  }));
}

function drawHanging(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const count = whole.between(1, 3);
  const diesAt = HANG_AT_MS + whole.between(-20, 20);
  const endsAt = diesAt + whole.between(500, 1500);
  const applications = Array.from({ length: count }, (_, index): ScriptStep => {
    const part = draws.of(`application ${index}`);
    const steps: WorkStep[] = Array.from({ length: 4 }, () => ({
      at: part.between(0, HANG_AT_MS - 20),
      do: 'emit',
      of: 'a',
      count: part.between(1, 5),
      characters: 10,
    }));
    steps.sort((one, other) => one.at - other.at);
    return {
      at: part.between(0, 20),
      do: 'application',
      workload: { steps: [...steps, { at: GOES_MS, do: 'exit', code: 0 }] },
    };
  });
  const hangs = applications.flatMap((_, index): Fault[] => {
    const part = draws.of(`hang ${index}`);
    if (index > 0 && part.chance(2)) return [];
    const of = { program: 'application', index };
    return [{ kind: 'pause', of, at: HANG_AT_MS - part.between(0, 10), forMs: HANG_MS }];
  });
  return {
    seed,
    ...onlyAlice(false),
    scripts: [
      {
        user: 'alice',
        steps: [
          { at: 0, do: 'sessiond' },
          { at: endsAt, do: 'terminate' },
        ],
      },
      ...sideBySide('alice', applications),
      { user: 'alice', steps: [recordingAt(SERVING_MS, 'hanging', 4)] },
    ],
    samplesAt: [HANG_AT_MS + HANG_MS + 500, HANG_AT_MS + HANG_MS + 2000],
    faults: [
      ...hangs,
      { kind: 'kill-at-time', of: { program: 'lttng-sessiond', index: 0 }, at: diesAt },
      { kind: 'registry-starts', user: 'alice', at: diesAt + whole.between(5, 50) },
    ],
  };
}
