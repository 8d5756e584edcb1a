/**
 * A1: registries end and begin while applications run, some in the middle of a registration. Whoever serves finds
 * every application, and knows its tracepoints; whoever waits is found.
 */
import { Draw, type PartDraw } from '../draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../scenario.ts';
import type { Workload, WorkStep } from '../workload.ts';

/** Between two changes of who serves: long enough for what is owed within a second, and a list. */
const EPOCH_MS = 1500;
const LOOK_MS = 600;
const LIST_MS = 1200;
const EPOCHS_MAX = 3;
/** Around the change applications start, and registries meet each other. */
const CHANGE_MS = 30;
const APPLICATIONS_MAX = 4;

export const a1: Scenario = {
  id: 'A1',
  title: 'registries end and begin, and find every application',
  marks: ['registry-came-back', 'application-waited-on-pipe', 'registry-of-a-user'],
  draw,
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

/** One that begins near a change, and stays to the end. */
function applicationIn(part: PartDraw, epochs: number): ScriptStep {
  const at = EPOCH_MS * part.between(0, epochs - 1) + part.between(0, CHANGE_MS);
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

/** At each change the registry that is there may end, and one begins, now and then before the other one's end. */
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
