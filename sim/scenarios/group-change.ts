/**
 * G1: root configures another group while sessions record, and sends SIGHUP to the registry (R1.3). Alice is in the
 * first group, Dave in the second one, Erin in both. The registry serves each of them while its group is configured.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import {
  commandsOf,
  operationsAt,
  recordingAll,
  refusedAt,
  SERVING_MS,
  samplesOf,
} from './parts.ts';

const SECOND_GROUP_ID = 2001;
/** When the group changes, and how far from the change the affected commands begin and end. */
const CHANGE_MS_MIN = 80;
const CHANGE_MS_MAX = 110;
const APART_MS = 25;
const DURATION_MS = 260;

export const g1: Scenario = {
  id: 'G1',
  title: 'root changes the group of the global registry while sessions record',
  marks: ['event-recorded', 'command-refused', 'traced-through-the-group', 'group-changed'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const changeAt = whole.between(CHANGE_MS_MIN, CHANGE_MS_MAX);
  const [before, after] = [changeAt - APART_MS, changeAt + APART_MS];
  const isLasting = whole.chance(2);
  const root: ScriptStep[] = [
    { at: 0, do: 'sessiond' },
    { at: changeAt, do: 'regroup', group: 'operators' },
  ];
  const end: Operation = { op: 'session.destroy', session: '@alice/of-alice' };
  // If Alice is no longer allowed to destroy it, root does; the session records until then.
  if (isLasting) root.push(operationsAt(DURATION_MS, [end]));
  const alice = [begin(draws.of('commands of alice'), 'alice', SERVING_MS)];
  if (!isLasting)
    alice.push(operationsAt(before, [{ op: 'session.destroy', session: 'of-alice' }]));
  const list: Operation = { op: 'session.list', from: 0 };
  const stop: Operation = { op: 'session.stop', session: 'of-alice' };
  alice.push(...[list, stop].map((operation) => refusedAt(after, ['NO_REGISTRY'], operation)));
  const dave = [
    refusedAt(before, ['NO_REGISTRY']),
    begin(draws.of('commands of dave'), 'dave', after),
    operationsAt(DURATION_MS, [{ op: 'session.destroy', session: 'of-dave' }]),
  ];
  const erin = commandsOf(draws.of('commands of erin'), 'erin');
  const scripts = Object.entries({ root, alice, dave, erin }).map(([user, steps]) => ({
    user,
    steps,
  }));
  for (const user of ['alice', 'erin', 'carol']) {
    const part = draws.of(`applications of ${user}`);
    // Alice's consumer cannot read streams that applications create under the other group.
    const isReadable = !isLasting || user === 'alice';
    const early = application(part, part.between(0, before));
    scripts.push({ user, steps: [isReadable ? early : alone(early)] });
    if (!isReadable) continue;
    scripts.push({ user, steps: [application(part, part.between(after, DURATION_MS))] });
  }
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
      { name: 'carol', uid: 1003, gid: 1003, groups: [] },
      { name: 'dave', uid: 1004, gid: 1004, groups: ['operators'] },
      { name: 'erin', uid: 1005, gid: 1005, groups: ['operators', 'tracing'] },
    ],
    groups: {
      root: 0,
      ...{ alice: 1001, carol: 1003, dave: 1004, erin: 1005 },
      ...{ tracing: TRACING_GROUP_ID, operators: SECOND_GROUP_ID },
    },
    scripts,
    samplesAt: [...samplesOf(draws.of('samples')), before, after, DURATION_MS].toSorted(
      (one, other) => one - other,
    ),
  };
}

type ApplicationStep = Extract<ScriptStep, { do: 'application' }>;

function application(part: PartDraw, at: number): ApplicationStep {
  return { at, do: 'application', workload: part.workload(DURATION_MS) };
}

/** The same application, without the later start of another one. */
function alone(step: ApplicationStep): ScriptStep {
  const steps = step.workload.steps.filter((each) => each.do !== 'spawn');
  return { ...step, workload: { ...step.workload, steps } };
}

/** A session that records everything, in one command. */
function begin(part: PartDraw, user: string, at: number): ScriptStep {
  const session = `of-${user}`;
  const channel = part.channel('small');
  return operationsAt(at, [
    ...recordingAll(session, `/home/${user}/trace`, channel),
    { op: 'session.start', session },
  ]);
}
